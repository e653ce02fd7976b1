/** A lease, as it is kept; it stays when it ends, so that its fence never falls. */
export interface LeaseRow {
  name: string
  /** Empty when it was released, and before it was ever taken. */
  holder: string
  fence: number
  /** By the database's clock. */
  expires_at: number
}
