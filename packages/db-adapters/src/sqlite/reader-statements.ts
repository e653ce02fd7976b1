import type { DatabaseSync } from 'node:sqlite'
import type { CertificateRow } from '../rows/certificate-row.ts'
import type { RevocationRow } from '../rows/revocation-row.ts'
import type { SpentTokenRow } from '../rows/spent-token-row.ts'
import type { StandingRow } from '../rows/standing-row.ts'
import { compiler } from './kysely-dialect.ts'
import { prepareAll, prepareFirst } from './prepared.ts'

/** The statements of a reader, compiled once and executed as they are. */
export interface ReaderStatements {
  findCertificate(serial: Uint8Array): CertificateRow | undefined
  findRevocation(serial: Uint8Array): RevocationRow | undefined
  /** Both parameters are the serial number. */
  findStanding(certificate: Uint8Array, revocation: Uint8Array): readonly StandingRow[]
  findSpentToken(tokenId: Uint8Array): Pick<SpentTokenRow, 'expires_at'> | undefined
  /** In the order of the serial numbers' octets, which an index keeps; no octets come before all others. */
  listCertificates(after: Uint8Array, limit: number): readonly CertificateRow[]
  countCertificates(): { readonly count: number } | undefined
}

/** Prepares the statements on a reader's connection. */
export function createReaderStatements(database: DatabaseSync): ReaderStatements {
  return {
    findCertificate: prepareFirst(
      database,
      compiler.selectFrom('certificates').selectAll().where('serial', '=', octets).compile(),
    ),
    findRevocation: prepareFirst(
      database,
      compiler.selectFrom('revocations').selectAll().where('serial', '=', octets).compile(),
    ),
    findStanding: prepareAll(
      database,
      compiler
        .selectFrom('certificates')
        .select(['serial', 'der', 'provisioner_id'])
        .where('serial', '=', octets)
        .$castTo<StandingRow>()
        .unionAll(
          compiler
            .selectFrom('revocations')
            .select(({ lit }) => ['serial', lit(null).as('der'), lit(null).as('provisioner_id')])
            .where('serial', '=', octets),
        )
        .compile(),
    ),
    findSpentToken: prepareFirst(
      database,
      compiler.selectFrom('spent_tokens').select('expires_at').where('id', '=', octets).compile(),
    ),
    listCertificates: prepareAll(
      database,
      compiler
        .selectFrom('certificates')
        .selectAll()
        .where('serial', '>', octets)
        .orderBy('serial')
        .limit(1)
        .compile(),
    ),
    countCertificates: prepareFirst(
      database,
      compiler
        .selectFrom('certificates')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .compile(),
    ),
  }
}

/** Stands where a parameter is bound later. */
const octets = new Uint8Array()
