import { describe, expect, test } from 'vitest'
import { assertTrustworthy } from '../../src/mysql/server-settings.ts'

const good = {
  version: '10.11.6-MariaDB-0+deb12u1',
  innodb_flush_log_at_trx_commit: '1',
  log_bin: 'OFF',
  sync_binlog: '0',
  binlog_format: 'MIXED',
  read_only: 'OFF',
  wsrep_on: 'OFF',
  wsrep_sync_wait: '0',
}

const group = {
  version: '8.0.36',
  group_replication_group_name: '8f4a8a4e-6f0c-4d3e-9b53-3a1f0a7c2b11',
  group_replication_single_primary_mode: 'ON',
  group_replication_consistency: 'EVENTUAL',
}
const severalPrimaries = { ...group, group_replication_single_primary_mode: 'OFF' }

describe('a MySQL server', () => {
  test.each<[string, Record<string, string>]>([
    ['MariaDB as it is installed', {}],
    ['MySQL as it is installed', { version: '8.0.36', log_bin: 'ON', sync_binlog: '1' }],
    ['MariaDB 11', { version: '11.4.2-MariaDB' }],
    ['a Galera node that waits', { wsrep_on: 'ON', wsrep_sync_wait: '15' }],
    ['MySQL whose plug-in of groups is not set up', { ...group, group_replication_group_name: '' }],
    [
      'a group of one primary whose next one catches up first',
      { ...group, group_replication_consistency: 'BEFORE_ON_PRIMARY_FAILOVER' },
    ],
    [
      'a group of several primaries that wait for each other',
      { ...severalPrimaries, group_replication_consistency: 'BEFORE' },
    ],
  ])('%s is trusted', (_, settings) => {
    expect(() => judge(settings)).not.toThrow()
  })

  test.each<[Record<string, string>, string, RegExp]>([
    [{ version: '5.7.44' }, 'store_unavailable', /MySQL 5\.7\.44 is too old/],
    [{ version: '10.5.23-MariaDB' }, 'store_unavailable', /MariaDB 10\.5\.23-MariaDB is too old/],
    [{ version: '8.0.11-TiDB-v7.5.1' }, 'store_unavailable', /TiDB .* is not supported/],
    [{ version: '5.7.25-TiDB-v6.1.0' }, 'store_unavailable', /TiDB .* is not supported/],
    [group, 'store_unavailable', /group_replication_consistency is EVENTUAL/],
    [
      { ...severalPrimaries, group_replication_consistency: 'BEFORE_ON_PRIMARY_FAILOVER' },
      'store_unavailable',
      /group_replication_consistency/,
    ],
    [{ innodb_flush_log_at_trx_commit: '0' }, 'store_unavailable', /at_trx_commit is 0/],
    [{ innodb_flush_log_at_trx_commit: '2' }, 'store_unavailable', /at_trx_commit is 2/],
    [{ log_bin: 'ON' }, 'store_unavailable', /sync_binlog is 0/],
    [{ log_bin: 'ON', sync_binlog: '1000' }, 'store_unavailable', /sync_binlog is 1000/],
    [
      { log_bin: 'ON', sync_binlog: '1', binlog_format: 'STATEMENT' },
      'store_unavailable',
      /binlog_format/,
    ],
    [{ read_only: 'ON' }, 'store_read_only', /read_only is ON/],
    [{ super_read_only: 'ON' }, 'store_read_only', /super_read_only is ON/],
    [{ read_only: 'NO_LOCK_NO_ADMIN' }, 'store_read_only', /read_only/],
    [{ innodb_read_only: 'ON' }, 'store_read_only', /innodb_read_only is ON/],
    [{ wsrep_on: 'ON' }, 'store_unavailable', /Galera/],
    [{ wsrep_on: 'ON', wsrep_sync_wait: '1' }, 'store_unavailable', /Galera/],
  ])('with %o is refused', (settings, code, message) => {
    expect(() => judge(settings)).toThrow(
      expect.objectContaining({ code, hint: expect.any(String) }),
    )
    expect(() => judge(settings)).toThrow(message)
  })

  test.each<Record<string, string>>([{ innodb_flush_log_at_trx_commit: '2' }, { log_bin: 'ON' }])(
    'with %o is trusted when that is allowed by name',
    (settings) => {
      expect(() => judge(settings, true)).not.toThrow()
    },
  )

  test('that may not be written is refused, whatever is allowed', () => {
    expect(() => judge({ read_only: 'ON' }, true)).toThrow(/read_only/)
  })
})

function judge(settings: Record<string, string>, allowUnsynced = false): void {
  assertTrustworthy(new Map(Object.entries({ ...good, ...settings })), 'mysql://db', {
    allowUnsynced,
  })
}
