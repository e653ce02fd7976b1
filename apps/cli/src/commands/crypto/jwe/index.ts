import type { CommandGroup } from '../../../framework/command-tree.ts'

/** `mayfly crypto jwe …` */
export const jweCommands: CommandGroup = {
  summary: 'encrypt and decrypt data and keys using JSON Web Encryption (JWE)',
  description: 'mayfly crypto jwe encrypts any data as JSON Web Encryption, and decrypts it.',
  example: '$ mayfly crypto jwe encrypt --key foo.pub < foo.txt',
  members: {
    decrypt: {
      summary: 'verify a JWE and decrypt ciphertext',
      load: async () => (await import('./decrypt.ts')).command,
    },
    encrypt: {
      summary: 'encrypt a payload using JSON Web Encryption (JWE)',
      load: async () => (await import('./encrypt.ts')).command,
    },
  },
}
