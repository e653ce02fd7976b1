import type { CommandGroup } from '../../framework/command-tree.ts'

/** `mayfly db …` */
export const databaseCommands: CommandGroup = {
  summary: 'look after the database of a CA',
  description: 'mayfly db looks after the database that the "db" block of ca.json names.',
  example: '$ mayfly db status',
  members: {
    status: {
      summary: 'tell how the database of a CA stands',
      load: async () => (await import('./status.ts')).command,
    },
    migrate: {
      summary: 'bring the tables of the database up to date',
      load: async () => (await import('./migrate.ts')).command,
    },
    stats: {
      summary: 'tell how much the database holds, and how fast it grows',
      load: async () => (await import('./stats.ts')).command,
    },
    prune: {
      summary: 'delete what has outlived its use',
      load: async () => (await import('./prune.ts')).command,
    },
    backup: {
      summary: 'copy the whole database into a file',
      load: async () => (await import('./backup.ts')).command,
    },
    restore: {
      summary: 'fill an empty database from a backup',
      load: async () => (await import('./restore.ts')).command,
    },
    import: {
      summary: 'take over what a step-ca has kept',
      load: async () => (await import('./import.ts')).command,
    },
  },
}
