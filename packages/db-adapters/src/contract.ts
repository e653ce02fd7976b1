export { type ContractStore, storeContract, tokenContract } from './contract/store-contract.ts'
export { buildIssuance, buildRevocation, type IssuanceFields } from './contract/units.ts'
