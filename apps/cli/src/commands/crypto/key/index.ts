import type { CommandGroup } from '../../../framework/command-tree.ts'

/** `mayfly crypto key …` */
export const keyCommands: CommandGroup = {
  summary: 'manage keys',
  description:
    'mayfly crypto key shows, converts and uses keys of any form: PEM, DER, JWK, JWE, SSH.',
  example: '$ mayfly crypto key inspect foo.key',
  members: {
    fingerprint: {
      summary: 'print the fingerprint of a public key',
      load: async () => (await import('./fingerprint.ts')).command,
    },
    format: {
      summary: 'reformat a public or private key',
      load: async () => (await import('./format.ts')).command,
    },
    inspect: {
      summary: 'print key details in human-readable format',
      load: async () => (await import('./inspect.ts')).command,
    },
    public: {
      summary: 'print the public key from a private key or certificate',
      load: async () => (await import('./public.ts')).command,
    },
    sign: {
      summary: 'sign a message using an asymmetric key',
      load: async () => (await import('./sign.ts')).command,
    },
    verify: {
      summary: 'verify a signed message',
      load: async () => (await import('./verify.ts')).command,
    },
  },
}
