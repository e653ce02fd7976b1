import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { sql } from 'kysely'
import type { AcmeSpentNonceRow, FinalizedOrder } from '../rows/acme-order-row.ts'
import type { AuditRow } from '../rows/audit-row.ts'
import type { CertificateRow } from '../rows/certificate-row.ts'
import type { RevocationRow } from '../rows/revocation-row.ts'
import type { SpentTokenRow } from '../rows/spent-token-row.ts'
import { compiler } from './kysely-dialect.ts'
import { prepareAll, prepareFirst, prepareInsert } from './prepared.ts'

/**
 * The statements of the writer, compiled once and executed as they are. Insertions return 0, and
 * write nothing, when the row's key is there already.
 */
export interface WriterStatements {
  insertSpentToken(row: SpentTokenRow): number
  findSpentToken(tokenId: Uint8Array): Pick<SpentTokenRow, 'spent_by'> | undefined
  deleteSpentToken(tokenId: Uint8Array): void
  insertCertificate(row: CertificateRow): number
  deleteCertificate(serial: Uint8Array): void
  findPublicKey(serial: Uint8Array): Pick<CertificateRow, 'public_key_sha256'> | undefined
  insertRevocation(row: RevocationRow): number
  findRevocation(serial: Uint8Array): Pick<RevocationRow, 'serial'> | undefined
  /** The unrevoked certificates with this key, and the unrevoked descendants of those and of `serial`. */
  findUnrevokedKin(serial: Uint8Array, publicKeySha256: Uint8Array | null): readonly Kin[]
  insertAudit(row: AuditRow): number
  insertSpentNonce(row: AcmeSpentNonceRow): number
  deleteSpentNonce(id: Uint8Array): void
  /** Returns 0 when the order is not ready, or has expired. */
  finalizeOrder(order: FinalizedOrder): number
  /** The newest revision of the configuration; null if there is none. */
  findNewestRevision(): { readonly number: number | null } | undefined
}

/** A certificate to be revoked with another. */
type Kin = Pick<CertificateRow, 'serial' | 'not_after'>

/** Prepares the statements on the writer's connection. */
export function createWriterStatements(database: DatabaseSync): WriterStatements {
  const deleteSpentToken = database.prepare(
    compiler.deleteFrom('spent_tokens').where('id', '=', placeholder).compile().sql,
  )
  const deleteSpentNonce = database.prepare(
    compiler.deleteFrom('acme_spent_nonces').where('id', '=', placeholder).compile().sql,
  )
  const finalizeOrder = database.prepare(
    `update acme_orders
     set status = 'valid', certificate_id = ?, serial = ?, ends_at = ?
     where id = ? and status = 'ready' and expires_at > ?`,
  )
  const deleteCertificate = database.prepare(
    compiler.deleteFrom('certificates').where('serial', '=', placeholder).compile().sql,
  )
  return {
    deleteCertificate: (serial) => {
      deleteCertificate.run(serial)
    },
    insertSpentToken: prepareInsert<Binding<SpentTokenRow>>(database, (row) =>
      compiler
        .insertInto('spent_tokens')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .compile(),
    ),
    findSpentToken: prepareFirst(
      database,
      compiler
        .selectFrom('spent_tokens')
        .select('spent_by')
        .where('id', '=', placeholder)
        .compile(),
    ),
    deleteSpentToken: (tokenId) => {
      deleteSpentToken.run(tokenId)
    },
    insertCertificate: prepareInsert<Binding<CertificateRow>>(database, (row) =>
      compiler
        .insertInto('certificates')
        .values(row)
        .onConflict((conflict) => conflict.column('serial').doNothing())
        .compile(),
    ),
    findPublicKey: prepareFirst(
      database,
      compiler
        .selectFrom('certificates')
        .select('public_key_sha256')
        .where('serial', '=', placeholder)
        .compile(),
    ),
    insertRevocation: prepareInsert<Binding<RevocationRow>>(database, (row) =>
      compiler
        .insertInto('revocations')
        .values(row)
        .onConflict((conflict) => conflict.column('serial').doNothing())
        .compile(),
    ),
    findRevocation: prepareFirst(
      database,
      compiler
        .selectFrom('revocations')
        .select('serial')
        .where('serial', '=', placeholder)
        .compile(),
    ),
    findUnrevokedKin: prepareAll(database, unrevokedKin.compile()),
    insertAudit: prepareInsert<Binding<AuditRow>>(database, (row) =>
      compiler.insertInto('audit').values(row).compile(),
    ),
    insertSpentNonce: prepareInsert<Binding<AcmeSpentNonceRow>>(database, (row) =>
      compiler
        .insertInto('acme_spent_nonces')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .compile(),
    ),
    deleteSpentNonce: (id) => {
      deleteSpentNonce.run(id)
    },
    finalizeOrder: (order) =>
      Number(
        finalizeOrder.run(
          order.certificate_id,
          order.serial,
          order.ends_at,
          order.id,
          order.issued_at,
        ).changes,
      ),
    findNewestRevision: prepareFirst(
      database,
      compiler
        .selectFrom('configuration')
        // As `RevisionStore.findCurrentNumber`.
        .select(
          sql<number | null>`min(max(number), ${sql.lit(Number.MAX_SAFE_INTEGER)})`.as('number'),
        )
        .compile(),
    ),
  }
}

/** A row's columns are all of a kind that SQLite binds; an interface does not say so, this type does. */
type Binding<Row> = { [Column in keyof Row]: Row[Column] & SQLInputValue }

/** Stands where a parameter is bound later. */
const placeholder = new Uint8Array()

const unrevokedKin = compiler
  .withRecursive('kin(serial)', (query) =>
    query
      .selectNoFrom(sql<Uint8Array>`${placeholder}`.as('serial'))
      .union(
        query
          .selectFrom('certificates')
          .select('certificates.serial')
          .where('public_key_sha256', '=', placeholder),
      )
      .union(
        query
          .selectFrom('certificates')
          .innerJoin('kin', 'kin.serial', 'certificates.predecessor')
          .select('certificates.serial'),
      ),
  )
  .selectFrom('kin')
  .innerJoin('certificates', 'certificates.serial', 'kin.serial')
  .select(['certificates.serial', 'certificates.not_after'])
  .where(({ not, exists, selectFrom }) =>
    not(
      exists(
        selectFrom('revocations')
          .select('serial')
          .whereRef('revocations.serial', '=', 'kin.serial'),
      ),
    ),
  )
