import type { CommandGroup } from '../../../framework/command-tree.ts'

/** `mayfly ca config …` */
export const configCommands: CommandGroup = {
  summary: 'manage the configuration that the instances of a CA share',
  description:
    'mayfly ca config keeps the shared part of the configuration (provisioners, claims, policy, retention) in the database, as numbered and signed revisions that every instance follows within a second. Addresses, certificates, keys and the database itself stay in the ca.json of each instance.',
  example: '$ mayfly ca config import',
  members: {
    key: {
      summary: 'make the key that signs revisions',
      load: async () => (await import('./key.ts')).command,
    },
    import: {
      summary: 'put the shared part of a configuration into the database',
      load: async () => (await import('./import.ts')).command,
    },
    export: {
      summary: 'print a revision as a ca.json',
      load: async () => (await import('./export.ts')).command,
    },
    show: {
      summary: 'show a revision',
      load: async () => (await import('./show.ts')).command,
    },
    diff: {
      summary: 'show what differs between two revisions',
      load: async () => (await import('./diff.ts')).command,
    },
    history: {
      summary: 'list the revisions',
      load: async () => (await import('./history.ts')).command,
    },
    rollback: {
      summary: 'go back to the document of an earlier revision',
      load: async () => (await import('./rollback.ts')).command,
    },
  },
}
