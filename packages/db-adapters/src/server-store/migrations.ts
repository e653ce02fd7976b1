import { StoreError } from '../errors.ts'

/** One change of the schema: statements to be run in this order. */
export interface SqlMigration {
  readonly name: string
  readonly statements: readonly string[]
}

/**
 * Returns the migrations that are still to be run.
 *
 * @throws {StoreError} `store_schema_newer` when one was run that this version does not know.
 */
export function pendingMigrations(
  known: readonly SqlMigration[],
  executed: readonly string[],
  address: string,
): readonly SqlMigration[] {
  const unknown = executed.filter((name) => !known.some((migration) => migration.name === name))
  if (unknown.length > 0) {
    throw new StoreError(
      'store_schema_newer',
      `${address} was migrated by a newer version (${unknown.join(', ')})`,
      { hint: 'run the newer version' },
    )
  }
  return known.filter(({ name }) => !executed.includes(name))
}
