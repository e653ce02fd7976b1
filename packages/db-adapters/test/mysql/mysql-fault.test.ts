import { describe, expect, test } from 'vitest'
import { mysqlFault } from '../../src/mysql/mysql-fault.ts'

describe('mysqlFault', () => {
  test.each([
    ['EPIPE, of the socket', -32, 'lost'],
    ['ER_ERROR_DURING_COMMIT', 1180, 'lost'],
    ['ER_DUP_ENTRY', 1062, 'conflict'],
    ['ER_LOCK_DEADLOCK', 1213, 'transient'],
    ['ER_TRANSACTION_ROLLBACK_DURING_COMMIT', 3101, 'transient'],
    ['ER_DATA_TOO_LONG', 1406, 'value'],
    ['ER_PARSE_ERROR', 1064, 'refused'],
  ])('takes %s for what it is', (_, errno, kind) => {
    expect(mysqlFault(Object.assign(new Error('it failed'), { errno })).kind).toBe(kind)
  })

  test.each([1205, 1969, 3024])('says of %i that the database is busy', (errno) => {
    const error = Object.assign(new Error('it took too long'), { errno })
    expect(mysqlFault(error)).toMatchObject({ kind: 'refused', code: 'store_busy' })
  })

  test('takes an error of the driver, which has no number, for a lost connection', () => {
    expect(mysqlFault(new Error('Connection lost')).kind).toBe('lost')
  })
})
