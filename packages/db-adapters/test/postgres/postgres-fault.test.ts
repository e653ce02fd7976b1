import { describe, expect, test } from 'vitest'
import { postgresFault } from '../../src/postgres/postgres-fault.ts'

describe('postgresFault', () => {
  // EPIPE is as long as a SQLSTATE.
  test.each(['EPIPE', 'ECONNRESET', 'ETIMEDOUT', undefined, '08006', '57P01', '40003'])(
    'takes %s for a lost connection',
    (code) => {
      const error = Object.assign(new Error('it failed'), code === undefined ? {} : { code })
      expect(postgresFault(error)).toEqual({ kind: 'lost' })
    },
  )

  test.each([
    ['23505', 'conflict'],
    ['40P01', 'transient'],
    ['22021', 'value'],
    ['XX001', 'refused'],
    ['HV00A', 'refused'],
  ])('takes %s for %s', (code, kind) => {
    expect(postgresFault(Object.assign(new Error('it failed'), { code })).kind).toBe(kind)
  })
})
