import { StoreError } from '../errors.ts'

/** What a server says of itself: its global variables by name. One that it does not know is missing. */
export type MysqlSettings = ReadonlyMap<string, string>

/** Asks for {@link MysqlSettings}. */
export const settingsQuery = `
  show global variables where variable_name in (
    'version', 'innodb_flush_log_at_trx_commit', 'log_bin', 'sync_binlog', 'binlog_format',
    'read_only', 'super_read_only', 'innodb_read_only', 'wsrep_on', 'wsrep_sync_wait',
    'max_allowed_packet', 'group_replication_group_name', 'group_replication_single_primary_mode',
    'group_replication_consistency')`

/** Which of the two families a server is of. */
export function flavourOf(settings: MysqlSettings): 'MariaDB' | 'MySQL' {
  return /mariadb/i.test(settings.get('version') ?? '') ? 'MariaDB' : 'MySQL'
}

/**
 * Refuses a server whose commits, or whose answers, cannot be trusted.
 *
 * @throws {StoreError} `store_unavailable` when it is too old, may serve old reads, or its commits are not synced and
 * that is not allowed; `store_read_only` when it may not be written.
 */
export function assertTrustworthy(
  settings: MysqlSettings,
  address: string,
  { allowUnsynced }: { readonly allowUnsynced: boolean },
): void {
  const refuse = (words: string, hint: string): never => {
    throw new StoreError('store_unavailable', `${address}: ${words}`, { hint })
  }
  const flavour = flavourOf(settings)
  const version = settings.get('version') ?? ''
  if (/tidb/i.test(version)) {
    refuse(`TiDB (${version}) is not supported`, 'use MySQL, MariaDB or PostgreSQL')
  }
  if (!isRecent(version, flavour)) {
    refuse(`${flavour} ${version} is too old`, 'MySQL 8.0 or MariaDB 10.6, or later, is needed')
  }
  for (const name of ['read_only', 'super_read_only', 'innodb_read_only']) {
    if (!isSetTo(settings, name, off)) {
      throw new StoreError('store_read_only', `${address}: ${name} is ${settings.get(name)}`, {
        hint: 'name the primary server',
      })
    }
  }
  // Bits of wsrep_sync_wait: 1 reads, 2 updates and deletions, 4 insertions.
  const waits = Number(settings.get('wsrep_sync_wait') ?? '0')
  if (!isSetTo(settings, 'wsrep_on', off) && (waits & 7) !== 7) {
    refuse('a Galera node may answer by what is old', 'set wsrep_sync_wait = 7 on every node')
  }
  if (settings.get('group_replication_group_name')) assertConsistentGroup(settings, refuse)
  const logged = !isSetTo(settings, 'log_bin', off)
  if (logged && settings.get('binlog_format') === 'STATEMENT') {
    refuse('binlog_format is STATEMENT', 'set binlog_format = ROW')
  }
  if (allowUnsynced) return
  const unsynced = 'commits are acknowledged before they are on stable storage'
  if (settings.get('innodb_flush_log_at_trx_commit') !== '1') {
    refuse(
      `innodb_flush_log_at_trx_commit is ${settings.get('innodb_flush_log_at_trx_commit')}: ${unsynced}`,
      'set innodb_flush_log_at_trx_commit = 1',
    )
  }
  // With a binary log, recovery rolls back what that log has lost.
  if (logged && settings.get('sync_binlog') !== '1') {
    refuse(
      `sync_binlog is ${settings.get('sync_binlog')} with log_bin: ${unsynced}`,
      'set sync_binlog = 1',
    )
  }
}

/** After a change of the primary, or by any of several, a member may answer before it has caught up. */
function assertConsistentGroup(
  settings: MysqlSettings,
  refuse: (words: string, hint: string) => never,
): void {
  const consistency = settings.get('group_replication_consistency')
  const hasSeveral = isSetTo(settings, 'group_replication_single_primary_mode', off)
  const needed = hasSeveral ? 'BEFORE' : 'BEFORE_ON_PRIMARY_FAILOVER'
  if (consistency !== 'EVENTUAL' && !(hasSeveral && consistency === 'BEFORE_ON_PRIMARY_FAILOVER')) {
    return
  }
  refuse(
    `group_replication_consistency is ${consistency}: a member may answer by what is old`,
    `set group_replication_consistency = ${needed} on every member`,
  )
}

function isRecent(version: string, flavour: 'MariaDB' | 'MySQL'): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  if (flavour === 'MySQL') return major >= 8
  return major > 10 || (major === 10 && minor >= 6)
}

const off: ReadonlySet<string> = new Set(['OFF', '0'])

function isSetTo(settings: MysqlSettings, name: string, values: ReadonlySet<string>): boolean {
  const value = settings.get(name)
  return value === undefined || values.has(value)
}
