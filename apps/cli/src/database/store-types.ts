import type { OpenedDatabase } from '@mayfly/authority-host'

/** What the commands know of a store, by way of the host that opens it. */
export type Store = OpenedDatabase['store']

export type BackupSummary = Awaited<ReturnType<Store['backups']['verifyBackup']>>
export type Lease = Awaited<ReturnType<Store['leases']['listLeases']>>[number]
export type PruneCounts = Awaited<ReturnType<Store['retention']['countDue']>>
export type RestoreMark = NonNullable<Awaited<ReturnType<Store['backups']['findRestore']>>>
export type RetentionRules = Parameters<Store['retention']['countDue']>[0]
export type StoreStatistics = Awaited<ReturnType<Store['statistics']['readStatistics']>>
export type TableStatistics = StoreStatistics['tables'][number]
