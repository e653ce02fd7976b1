import type { CommandGroup } from '../../../framework/command-tree.ts'

/** `mayfly crypto hash …` */
export const hashCommands: CommandGroup = {
  summary: 'generate and check hashes of files and directories',
  description:
    'mayfly crypto hash makes the digests of files and of whole folders, and compares them.',
  example: '$ mayfly crypto hash digest foo.crt',
  members: {
    compare: {
      summary: 'verify the hash digest for a file or directory',
      load: async () => (await import('./compare.ts')).command,
    },
    digest: {
      summary: 'generate a hash digest of a file or directory',
      load: async () => (await import('./digest.ts')).command,
    },
  },
}
