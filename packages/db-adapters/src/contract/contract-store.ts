import type { Store } from '../store.ts'

/** An empty store under test, and what the suite needs beside it. */
export interface ContractStore {
  readonly store: Store
  /** Opens the same data once more, beside what is open. */
  openAnother(): Promise<Store>
  /** Closes {@link ContractStore.store} and opens the same data again. */
  reopen(): Promise<Store>
  /** Counts the audit entries, past the store's interface. */
  countAuditEntries(): Promise<number>
  /** Closes everything and deletes the data. */
  dispose(): Promise<void>
}
