import type { CommandGroup } from '../../framework/command-tree.ts'
import { jwtCommands } from './jwt/index.ts'

/** `mayfly crypto …` */
export const cryptoCommands: CommandGroup = {
  summary: 'useful cryptographic plumbing',
  description: 'mayfly crypto works on private keys and tokens.',
  example: '$ mayfly crypto change-pass $(mayfly path)/secrets/intermediate_ca_key',
  members: {
    'change-pass': {
      summary: 'change password of an encrypted private key (PEM or JWK format)',
      load: async () => (await import('./change-pass.ts')).command,
    },
    jwt: jwtCommands,
  },
}
