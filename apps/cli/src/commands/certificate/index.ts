import type { CommandGroup } from '../../framework/command-tree.ts'

/** `mayfly certificate …` */
export const certificateCommands: CommandGroup = {
  summary: 'create, inspect and verify certificates',
  description:
    'mayfly certificate makes, shows and judges certificates in files; none of it needs a CA.',
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
    create: {
      summary: 'create a certificate or certificate signing request',
      load: async () => (await import('./create.ts')).command,
    },
    sign: {
      summary: 'sign a certificate signing request (CSR)',
      load: async () => (await import('./sign.ts')).command,
    },
    key: {
      summary: 'print public key embedded in a certificate',
      load: async () => (await import('./key.ts')).command,
    },
    format: {
      summary: 'reformat certificate',
      load: async () => (await import('./format.ts')).command,
    },
    bundle: {
      summary: 'bundle a certificate with intermediate certificate(s) needed for validation',
      load: async () => (await import('./bundle.ts')).command,
    },
    'needs-renewal': {
      summary: 'check if a certificate needs to be renewed',
      load: async () => (await import('./needs-renewal.ts')).command,
    },
    p12: {
      summary: 'package a certificate and keys into a .p12 file',
      load: async () => (await import('./p12.ts')).command,
    },
    lint: {
      summary: 'lint certificate details',
      load: async () => (await import('./lint.ts')).command,
    },
    install: {
      summary: 'install a root certificate in the supported trust stores',
      load: async () => (await import('./install.ts')).command,
    },
    uninstall: {
      summary: 'uninstall a root certificate from the supported trust stores',
      load: async () => (await import('./uninstall.ts')).command,
    },
    verify: {
      summary: 'verify a certificate',
      load: async () => (await import('./verify.ts')).command,
    },
  },
}
