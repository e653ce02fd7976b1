import type { Fault } from '../server-store/server-database.ts'
import { faults } from '../server-store/server-faults.ts'

const { lost, value, conflict, transient, other } = faults
const { overtaken, readOnly, full, noConnection, missingTable, damaged } = faults

/** Reads an error of `mysql2` by its number (MySQL's and MariaDB's lists of server errors). */
export function mysqlFault(error: unknown): Fault {
  if (error instanceof TypeError) return { kind: 'value' }
  const number = numberOf(error)
  const fault = number === undefined ? undefined : faultByNumber.get(number)
  if (fault !== undefined) return fault
  // The numbers of the server begin at 1000; without one it is the driver or the socket that speaks.
  return number === undefined || number < 1000 ? lost : other
}

function numberOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errno' in error)) return undefined
  return typeof error.errno === 'number' ? error.errno : undefined
}

const refusedLogin: Fault = {
  kind: 'refused',
  code: 'store_unavailable',
  words: 'the server refuses the login',
  hint: 'check user, password and the hosts that the user may come from',
}

const noRight: Fault = {
  kind: 'refused',
  code: 'store_unavailable',
  words: 'the user may not do this',
  hint: 'grant the user all rights on this database: whoever looks at it needs what a server needs',
}

/** By error number. */
const faultByNumber: ReadonlyMap<number, Fault> = new Map<number, Fault>([
  [1020, transient], // ER_CHECKREAD: changed since it was read (snapshot isolation)
  [1021, full],
  [1040, noConnection],
  [1044, noRight],
  [1045, refusedLogin],
  [1048, value],
  [1053, lost], // ER_SERVER_SHUTDOWN
  [1054, missingTable],
  [1062, conflict],
  [1114, full],
  [1142, noRight],
  [1143, noRight],
  [1146, missingTable],
  [1158, lost],
  [1159, lost],
  [1160, lost],
  [1161, lost],
  [1180, lost], // ER_ERROR_DURING_COMMIT: how it ended is not said
  [1203, noConnection],
  [1205, overtaken],
  [1213, transient],
  [1226, noConnection],
  [1227, noRight],
  [1242, conflict], // ER_SUBQUERY_NO_1_ROW: the revision named is not the newest
  [1264, value],
  [1290, readOnly], // --read-only
  [1317, overtaken], // the statement was killed; what comes after it in the packet is not run
  [1366, value],
  [1406, value],
  [1586, conflict],
  [1614, transient], // XA rollback for a deadlock
  [1698, refusedLogin],
  [1712, damaged],
  [1792, readOnly],
  [1836, readOnly],
  [1927, lost], // MariaDB: the connection was killed
  [1969, overtaken], // MariaDB: max_statement_time
  [3024, overtaken], // MySQL: max_execution_time
  [3101, transient], // rolled back as it was committed: another member of the group was first
  [3572, overtaken],
  [4031, lost],
])
