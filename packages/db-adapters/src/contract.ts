export { acmeContract } from './contract/acme-contract.ts'
export type { ContractStore } from './contract/contract-store.ts'
export { storeContract, tokenContract } from './contract/store-contract.ts'
export {
  buildIssuance,
  buildRevision,
  buildRevocation,
  type IssuanceFields,
} from './contract/units.ts'
