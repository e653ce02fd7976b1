import type { Fault } from '../server-store/server-database.ts'

/** Reads an error of `pg` by its SQLSTATE (PostgreSQL manual, appendix "Error Codes"). */
export function postgresFault(error: unknown): Fault {
  const code = codeOf(error)
  // Without a SQLSTATE it is not the server that speaks: the driver or the socket says that the connection is gone.
  if (code === undefined || !isSqlState(code)) return lost
  return faults.get(code) ?? faults.get(code.slice(0, 2)) ?? other
}

/** Each has a digit; EPIPE, of the socket, has none. */
function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code)
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

const lost: Fault = { kind: 'lost' }

const other: Fault = {
  kind: 'refused',
  code: 'store_unavailable',
  words: 'the database cannot be used',
}

const overtaken: Fault = {
  kind: 'refused',
  code: 'store_busy',
  words: 'the database is busy for too long',
  hint: 'look for long transactions on these tables',
}

const refusedLogin: Fault = {
  kind: 'refused',
  code: 'store_unavailable',
  words: 'the server refuses the login',
  hint: 'check user, password and pg_hba.conf',
}

const missingTable: Fault = {
  kind: 'refused',
  code: 'store_corrupt',
  words: 'the tables are not as they were made',
  hint: 'restore the database from a backup',
}

const damaged: Fault = {
  kind: 'refused',
  code: 'store_corrupt',
  words: 'the database is damaged',
  hint: 'restore it from a backup',
}

/** By SQLSTATE, or by its class. */
const faults: ReadonlyMap<string, Fault> = new Map<string, Fault>([
  ['08', lost],
  ['22', { kind: 'value' }],
  ['23', { kind: 'value' }],
  ['23505', { kind: 'conflict' }],
  [
    '25006',
    {
      kind: 'refused',
      code: 'store_read_only',
      words: 'the database cannot be written',
      hint: 'name the primary server',
    },
  ],
  ['28', refusedLogin],
  ['3D000', { ...refusedLogin, words: 'there is no such database', hint: 'make it' }],
  ['40', { kind: 'transient' }],
  // statement_completion_unknown: it may have been done.
  ['40003', lost],
  [
    '42501',
    {
      kind: 'refused',
      code: 'store_unavailable',
      words: 'the user may not do this',
      hint: 'let the user create and change tables in this database',
    },
  ],
  ['42703', missingTable],
  ['42P01', missingTable],
  [
    '53100',
    { kind: 'refused', code: 'store_full', words: 'the disk is full', hint: 'free some space' },
  ],
  [
    '53300',
    {
      kind: 'refused',
      code: 'store_unavailable',
      words: 'the server has no connection left',
      hint: 'raise max_connections, or lower maximumConnections of each instance',
    },
  ],
  ['55P03', overtaken],
  ['57014', overtaken],
  // admin_shutdown, crash_shutdown, idle_session_timeout: a commit that was being answered may stand.
  ['57P01', lost],
  ['57P02', lost],
  ['57P05', lost],
  ['25P03', lost],
  ['XX001', damaged],
  ['XX002', damaged],
])
