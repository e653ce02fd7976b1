import type { CommandGroup } from '../../../framework/command-tree.ts'

/** `mayfly crypto jose …` */
export const joseCommands: CommandGroup = {
  summary: 'collection of JOSE utilities',
  description: 'mayfly crypto jose works on JSON Web Signatures and Encryption alike.',
  example: '$ mayfly crypto jose format < foo.jws',
  members: {
    format: {
      summary: 'swap serialization format of JWS and JWE data',
      load: async () => (await import('./format.ts')).command,
    },
  },
}
