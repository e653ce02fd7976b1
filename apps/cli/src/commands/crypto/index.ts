import type { CommandGroup } from '../../framework/command-tree.ts'
import { hashCommands } from './hash/index.ts'
import { joseCommands } from './jose/index.ts'
import { jweCommands } from './jwe/index.ts'
import { jwkCommands } from './jwk/index.ts'
import { jwsCommands } from './jws/index.ts'
import { jwtCommands } from './jwt/index.ts'
import { keyCommands } from './key/index.ts'

/** `mayfly crypto …` */
export const cryptoCommands: CommandGroup = {
  summary: 'useful cryptographic plumbing',
  description:
    'mayfly crypto makes, shows, converts and uses keys, tokens, signatures and digests.',
  example: '$ mayfly crypto change-pass $(mayfly path)/secrets/intermediate_ca_key',
  members: {
    'change-pass': {
      summary: 'change password of an encrypted private key (PEM or JWK format)',
      load: async () => (await import('./change-pass.ts')).command,
    },
    keypair: {
      summary: 'generate a public / private keypair in PEM format',
      load: async () => (await import('./keypair.ts')).command,
    },
    jwk: jwkCommands,
    jwt: jwtCommands,
    jwe: jweCommands,
    jws: jwsCommands,
    jose: joseCommands,
    hash: hashCommands,
    key: keyCommands,
    rand: {
      summary: 'generate random strings',
      load: async () => (await import('./rand.ts')).command,
    },
  },
}
