import type { CommandEntry, CommandGroup } from '../framework/command-tree.ts'

const help: CommandEntry = {
  summary: 'display help for the specified command or command group',
  load: async () => (await import('./help.ts')).command,
}

const provisioner: CommandGroup = {
  summary: "show the certificate authority's provisioners",
  description:
    'mayfly ca provisioner shows who may ask the certificate authority for certificates.',
  example: '$ mayfly ca provisioner list',
  members: {
    list: {
      summary: 'list the provisioners of the CA',
      load: async () => (await import('./ca/provisioner/list.ts')).command,
    },
  },
}

const ca: CommandGroup = {
  summary: 'initialize and manage a certificate authority',
  description:
    'mayfly ca makes a certificate authority, fetches its root of trust, and gets, renews and revokes certificates.',
  example: '$ mayfly ca init',
  members: {
    health: {
      summary: 'get the status of the CA',
      load: async () => (await import('./ca/health.ts')).command,
    },
    init: {
      summary: 'initialize the CA PKI',
      load: async () => (await import('./ca/init.ts')).command,
    },
    bootstrap: {
      summary: 'initialize the environment to use the CA commands',
      load: async () => (await import('./ca/bootstrap.ts')).command,
    },
    token: {
      summary: 'generate an OTT granting access to the CA',
      load: async () => (await import('./ca/token.ts')).command,
    },
    certificate: {
      summary: 'generate a new private key and certificate signed by the root certificate',
      load: async () => (await import('./ca/certificate.ts')).command,
    },
    rekey: {
      summary: 'rekey a valid certificate',
      load: async () => (await import('./ca/rekey.ts')).command,
    },
    renew: {
      summary: 'renew a valid certificate',
      load: async () => (await import('./ca/renew.ts')).command,
    },
    revoke: {
      summary: 'revoke a certificate',
      load: async () => (await import('./ca/revoke.ts')).command,
    },
    provisioner,
    sign: {
      summary: 'generate a new certificate signing a certificate request',
      load: async () => (await import('./ca/sign.ts')).command,
    },
    root: {
      summary: 'download and validate the root certificate',
      load: async () => (await import('./ca/root.ts')).command,
    },
    roots: {
      summary: 'download all the root certificates',
      load: async () => (await import('./ca/roots.ts')).command,
    },
    federation: {
      summary: 'download all the federated certificates',
      load: async () => (await import('./ca/federation.ts')).command,
    },
  },
}

const certificate: CommandGroup = {
  summary: 'inspect and verify certificates',
  description: 'mayfly certificate shows and judges certificates in files; none of it needs a CA.',
  example: '$ mayfly certificate inspect --short foo.crt',
  members: {
    inspect: {
      summary: 'print certificate or CSR details in human readable format',
      load: async () => (await import('./certificate/inspect.ts')).command,
    },
    fingerprint: {
      summary: 'print the fingerprint of a certificate',
      load: async () => (await import('./certificate/fingerprint.ts')).command,
    },
    verify: {
      summary: 'verify a certificate',
      load: async () => (await import('./certificate/verify.ts')).command,
    },
  },
}

const jwt: CommandGroup = {
  summary: 'verify and inspect JSON Web Tokens',
  description: 'mayfly crypto jwt verifies and shows JSON Web Tokens read from standard input.',
  example: '$ echo $TOKEN | mayfly crypto jwt inspect --insecure',
  members: {
    verify: {
      summary: 'verify a signed JWT data structure and return the payload',
      load: async () => (await import('./crypto/jwt/verify.ts')).command,
    },
    inspect: {
      summary: 'return the decoded JWT without verification',
      load: async () => (await import('./crypto/jwt/inspect.ts')).command,
    },
  },
}

const crypto: CommandGroup = {
  summary: 'useful cryptographic plumbing',
  description: 'mayfly crypto works on private keys and tokens.',
  example: '$ mayfly crypto change-pass $(mayfly path)/secrets/intermediate_ca_key',
  members: {
    'change-pass': {
      summary: 'change password of an encrypted private key (PEM or JWK format)',
      load: async () => (await import('./crypto/change-pass.ts')).command,
    },
    jwt,
  },
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
    certificate,
    crypto,
    version: {
      summary: 'display the current version of the cli',
      load: async () => (await import('./version.ts')).command,
    },
    ca,
  },
}
