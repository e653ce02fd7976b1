import type { CommandGroup } from '../../../framework/command-tree.ts'
import { keysetCommands } from './keyset/index.ts'

/** `mayfly crypto jwk …` */
export const jwkCommands: CommandGroup = {
  summary: 'create JWKs (JSON Web Keys) and manage JWK Key Sets',
  description: 'mayfly crypto jwk makes JSON Web Keys and keeps sets of them.',
  example: '$ mayfly crypto jwk create pub.json key.json',
  members: {
    create: {
      summary: 'create a JWK (JSON Web Key)',
      load: async () => (await import('./create.ts')).command,
    },
    keyset: keysetCommands,
    public: {
      summary: 'extract a public JSON Web Key (JWK) from a private JWK',
      load: async () => (await import('./public.ts')).command,
    },
    thumbprint: {
      summary: 'compute thumbprint for a JWK',
      load: async () => (await import('./thumbprint.ts')).command,
    },
  },
}
