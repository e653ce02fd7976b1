import { DatabaseSync } from 'node:sqlite'

/** What a CA's database tells of the certificates of some subjects, in milliseconds. */
export interface IssuanceRecord {
  /** Renewals by subject. */
  readonly renewals: ReadonlyMap<string, number>
  /** Of all renewals. */
  readonly issuedAt: readonly number[]
  /** From a certificate to the one that followed it. */
  readonly gaps: readonly number[]
  /** What was left of a certificate when the one that followed it was issued. */
  readonly remaining: readonly number[]
  /** When a certificate was issued of whose predecessor another was made: its receiver never had it, or renewed twice. */
  readonly outdoneAt: readonly number[]
}

/** Reads the database of a `mayfly-ca`, which may be running. */
export function readIssuanceRecord(path: string): IssuanceRecord {
  using database = new DatabaseSync(path, { readOnly: true })
  const rows = database.prepare(renewalsByTime).all()
  const renewals = new Map<string, number>()
  const successors = new Map<string, number>()
  const record = { issuedAt: [] as number[], gaps: [] as number[], remaining: [] as number[] }
  const outdoneAt: number[] = []
  for (const row of rows) {
    const [subject, predecessor] = [String(row.subject), String(row.predecessor)]
    const issuedAt = Number(row.issued_at)
    renewals.set(subject, (renewals.get(subject) ?? 0) + 1)
    record.issuedAt.push(issuedAt)
    record.gaps.push(issuedAt - Number(row.predecessor_issued_at))
    record.remaining.push(Number(row.predecessor_not_after) - issuedAt)
    const earlier = successors.get(predecessor)
    if (earlier !== undefined) outdoneAt.push(earlier)
    successors.set(predecessor, issuedAt)
  }
  return { renewals, outdoneAt, ...record }
}

const renewalsByTime = `
select renewed.subject, hex(renewed.predecessor) as predecessor, renewed.issued_at,
  former.issued_at as predecessor_issued_at, former.not_after as predecessor_not_after
from certificates as renewed join certificates as former on former.serial = renewed.predecessor
order by renewed.issued_at`
