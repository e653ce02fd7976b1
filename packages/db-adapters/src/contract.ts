export type { ContractStore } from './contract/contract-store.ts'
export { storeContract, tokenContract } from './contract/store-contract.ts'
export { buildIssuance, buildRevocation, type IssuanceFields } from './contract/units.ts'
