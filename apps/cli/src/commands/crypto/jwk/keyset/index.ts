import type { CommandGroup } from '../../../../framework/command-tree.ts'

/** `mayfly crypto jwk keyset …` */
export const keysetCommands: CommandGroup = {
  summary: 'add, remove, and find JWKs in JWK Sets',
  description: 'mayfly crypto jwk keyset works on files that hold a set of JSON Web Keys.',
  example: '$ mayfly crypto jwk keyset list keys.json',
  members: {
    add: {
      summary: 'add a JWK to a JWK Set',
      load: async () => (await import('./add.ts')).command,
    },
    find: {
      summary: 'find a JWK in a JWK Set',
      load: async () => (await import('./find.ts')).command,
    },
    list: {
      summary: 'list key IDs of the JWKs in a JWK Set',
      load: async () => (await import('./list.ts')).command,
    },
    remove: {
      summary: 'remove a JWK from a JWK Set',
      load: async () => (await import('./remove.ts')).command,
    },
  },
}
