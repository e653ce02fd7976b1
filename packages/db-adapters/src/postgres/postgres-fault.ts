import type { Fault } from '../server-store/server-database.ts'
import { faults } from '../server-store/server-faults.ts'

const { lost, value, conflict, transient, other } = faults
const { overtaken, readOnly, full, noConnection, missingTable, damaged } = faults

/** Reads an error of `pg` by its SQLSTATE (PostgreSQL manual, appendix "Error Codes"). */
export function postgresFault(error: unknown): Fault {
  const code = codeOf(error)
  // Without a SQLSTATE it is not the server that speaks: the driver or the socket says that the connection is gone.
  if (code === undefined || !isSqlState(code)) return lost
  return faultByState.get(code) ?? faultByState.get(code.slice(0, 2)) ?? other
}

/** Each has a digit; EPIPE, of the socket, has none. */
function isSqlState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code)
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

const refusedLogin: Fault = {
  kind: 'refused',
  code: 'store_unavailable',
  words: 'the server refuses the login',
  hint: 'check user, password and pg_hba.conf',
}

/** By SQLSTATE, or by its class. */
const faultByState: ReadonlyMap<string, Fault> = new Map<string, Fault>([
  ['08', lost],
  // cardinality_violation: the revision named is not the newest.
  ['21000', conflict],
  ['22', value],
  ['23', value],
  ['23505', conflict],
  ['25006', readOnly],
  ['28', refusedLogin],
  ['3D000', { ...refusedLogin, words: 'there is no such database', hint: 'make it' }],
  ['40', transient],
  // statement_completion_unknown: it may have been done.
  ['40003', lost],
  [
    '42501',
    {
      kind: 'refused',
      code: 'store_unavailable',
      words: 'the user may not do this',
      hint: 'let the user make, read and change the tables in this database: whoever looks at them needs what a server needs',
    },
  ],
  ['42703', missingTable],
  ['42P01', missingTable],
  ['53100', full],
  ['53300', noConnection],
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
