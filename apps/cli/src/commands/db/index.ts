import type { CommandGroup } from '../../framework/command-tree.ts'

/** `mayfly db …` */
export const databaseCommands: CommandGroup = {
  summary: 'look after the database of a CA',
  description: 'mayfly db looks after the database that the "db" block of ca.json names.',
  example: '$ mayfly db import',
  members: {
    import: {
      summary: 'take over what a step-ca has kept',
      load: async () => (await import('./import.ts')).command,
    },
  },
}
