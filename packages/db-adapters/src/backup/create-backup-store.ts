import type { LeaseStore } from '../lease.ts'
import { createQueryCompiler } from '../sql/query-compiler.ts'
import type { SnapshotSource } from '../sql/snapshot-source.ts'
import type { SqlTarget } from '../sql/sql-target.ts'
import type { BackupStore } from './backup-store.ts'
import { restoreBackup, verifyBackup } from './restore-backup.ts'
import { findRestoreMark } from './restore-mark.ts'
import { readSchema } from './schema.ts'
import { writeBackup } from './write-backup.ts'

/** Creates the {@link BackupStore} of a database. */
export function createBackupStore(
  target: SqlTarget & SnapshotSource,
  leases: LeaseStore,
): BackupStore {
  const compiler = createQueryCompiler(target.dialect)
  return {
    writeBackup: (destination, options = {}) => writeBackup(target, compiler, destination, options),
    async verifyBackup(source) {
      const known = await readSchema((statement) => target.read(statement), target.dialect)
      return verifyBackup(source, known)
    },
    restoreBackup: (open, options) => restoreBackup({ target, leases, compiler }, open, options),
    async findRestore() {
      const mark = await findRestoreMark(target, compiler)
      if (mark === undefined) return undefined
      const { number: _, ...restore } = mark
      return restore
    },
  }
}
