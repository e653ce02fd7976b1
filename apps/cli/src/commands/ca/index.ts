import type { CommandGroup } from '../../framework/command-tree.ts'
import { configCommands } from './config/index.ts'
import { provisionerCommands } from './provisioner/index.ts'

/** `mayfly ca …` */
export const caCommands: CommandGroup = {
  summary: 'initialize and manage a certificate authority',
  description:
    'mayfly ca makes a certificate authority, fetches its root of trust, and gets, renews and revokes certificates.',
  example: '$ mayfly ca init',
  members: {
    health: {
      summary: 'get the status of the CA',
      load: async () => (await import('./health.ts')).command,
    },
    init: {
      summary: 'initialize the CA PKI',
      load: async () => (await import('./init.ts')).command,
    },
    bootstrap: {
      summary: 'initialize the environment to use the CA commands',
      load: async () => (await import('./bootstrap.ts')).command,
    },
    token: {
      summary: 'generate an OTT granting access to the CA',
      load: async () => (await import('./token.ts')).command,
    },
    certificate: {
      summary: 'generate a new private key and certificate signed by the root certificate',
      load: async () => (await import('./certificate.ts')).command,
    },
    rekey: {
      summary: 'rekey a valid certificate',
      load: async () => (await import('./rekey.ts')).command,
    },
    renew: {
      summary: 'renew a valid certificate',
      load: async () => (await import('./renew.ts')).command,
    },
    renewals: {
      summary: 'show how the certificates of a renewal daemon stand',
      load: async () => (await import('./renewals.ts')).command,
    },
    revoke: {
      summary: 'revoke a certificate',
      load: async () => (await import('./revoke.ts')).command,
    },
    provisioner: provisionerCommands,
    config: configCommands,
    sign: {
      summary: 'generate a new certificate signing a certificate request',
      load: async () => (await import('./sign.ts')).command,
    },
    explain: {
      summary: 'tell what would be issued for a token and a CSR, or which rule refuses',
      load: async () => (await import('./explain.ts')).command,
    },
    root: {
      summary: 'download and validate the root certificate',
      load: async () => (await import('./root.ts')).command,
    },
    roots: {
      summary: 'download all the root certificates',
      load: async () => (await import('./roots.ts')).command,
    },
    federation: {
      summary: 'download all the federated certificates',
      load: async () => (await import('./federation.ts')).command,
    },
  },
}
