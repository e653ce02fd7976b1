import type { CommandGroup } from '../../framework/command-tree.ts'

/** `mayfly context …` */
export const contextCommands: CommandGroup = {
  summary: 'manage certificate authority contexts',
  description:
    'mayfly context works on contexts: several authorities under one folder, each with its own configuration, certificates and keys. ca init and ca bootstrap make them by --context; the other commands use the current one, or that of --context.',
  example: '$ mayfly context list',
  members: {
    current: {
      summary: 'print the name of the current context',
      load: async () => (await import('./current.ts')).command,
    },
    list: {
      summary: 'list the contexts',
      load: async () => (await import('./list.ts')).command,
    },
    remove: {
      summary: 'remove a context and all that belongs to it',
      load: async () => (await import('./remove.ts')).command,
    },
    select: {
      summary: 'make a context the current one',
      load: async () => (await import('./select.ts')).command,
    },
  },
}
