import type { CommandGroup } from '../../framework/command-tree.ts'

/** `mayfly certificate …` */
export const certificateCommands: CommandGroup = {
  summary: 'inspect and verify certificates',
  description: 'mayfly certificate shows and judges certificates in files; none of it needs a CA.',
  example: '$ mayfly certificate inspect --short foo.crt',
  members: {
    inspect: {
      summary: 'print certificate or CSR details in human readable format',
      load: async () => (await import('./inspect.ts')).command,
    },
    fingerprint: {
      summary: 'print the fingerprint of a certificate',
      load: async () => (await import('./fingerprint.ts')).command,
    },
    verify: {
      summary: 'verify a certificate',
      load: async () => (await import('./verify.ts')).command,
    },
  },
}
