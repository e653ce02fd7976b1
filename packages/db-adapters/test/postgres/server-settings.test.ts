import { describe, expect, test } from 'vitest'
import { assertTrustworthy, type PostgresSettings } from '../../src/postgres/server-settings.ts'

const good: PostgresSettings = {
  server_version_num: 130_000,
  server_version: '13.0',
  server_encoding: 'UTF8',
  fsync: 'on',
  synchronous_commit: 'on',
  transaction_read_only: 'off',
  in_recovery: false,
}

describe('a PostgreSQL server', () => {
  test.each<Partial<PostgresSettings>>([
    {},
    { server_version_num: 180_001 },
    { synchronous_commit: 'local' },
    { synchronous_commit: 'remote_apply' },
  ])('with %o is trusted', (settings) => {
    expect(() => judge(settings)).not.toThrow()
  })

  test.each<[Partial<PostgresSettings>, string, RegExp]>([
    [
      { server_version_num: 120_017, server_version: '12.17' },
      'store_unavailable',
      /12\.17 is too/,
    ],
    [{ server_encoding: 'LATIN1' }, 'store_unavailable', /LATIN1/],
    [{ fsync: 'off' }, 'store_unavailable', /fsync is off/],
    [{ synchronous_commit: 'off' }, 'store_unavailable', /synchronous_commit is off/],
    [{ transaction_read_only: 'on' }, 'store_read_only', /read-only/],
    [{ in_recovery: true, transaction_read_only: 'on' }, 'store_read_only', /standby/],
  ])('with %o is refused', (settings, code, message) => {
    expect(() => judge(settings)).toThrow(
      expect.objectContaining({ code, hint: expect.any(String) }),
    )
    expect(() => judge(settings)).toThrow(message)
  })

  test.each<Partial<PostgresSettings>>([{ fsync: 'off' }, { synchronous_commit: 'off' }])(
    'with %o is trusted when that is allowed by name',
    (settings) => {
      expect(() => judge(settings, true)).not.toThrow()
    },
  )
})

function judge(settings: Partial<PostgresSettings>, allowUnsynced = false): void {
  assertTrustworthy({ ...good, ...settings }, 'postgresql://db', { allowUnsynced })
}
