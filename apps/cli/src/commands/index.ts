import type { CommandEntry, CommandGroup } from '../framework/command-tree.ts'
import { caCommands } from './ca/index.ts'
import { certificateCommands } from './certificate/index.ts'
import { contextCommands } from './context/index.ts'
import { cryptoCommands } from './crypto/index.ts'
import { databaseCommands } from './db/index.ts'

const help: CommandEntry = {
  summary: 'display help for the specified command or command group',
  load: async () => (await import('./help.ts')).command,
}

/** Every command, by name; each is loaded when it is called. */
export const commandTree: CommandGroup = {
  summary: 'a private certificate authority for distributed systems',
  description:
    'mayfly makes and runs certificate authorities, and gets, renews and revokes their certificates.',
  example: '$ mayfly ca init\n$ mayfly ca certificate foo.local foo.crt foo.key',
  members: {
    help,
    h: help,
    path: {
      summary: 'print the folder that mayfly keeps its files in, and exit',
      load: async () => (await import('./path.ts')).command,
    },
    completion: {
      summary: 'print the shell completion script',
      load: async () => (await import('./completion.ts')).command,
    },
    certificate: certificateCommands,
    context: contextCommands,
    crypto: cryptoCommands,
    db: databaseCommands,
    version: {
      summary: 'display the current version of the cli',
      load: async () => (await import('./version.ts')).command,
    },
    ca: caCommands,
  },
}
