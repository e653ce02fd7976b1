import type { CommandGroup } from '../../../framework/command-tree.ts'

/** `mayfly crypto jws …` */
export const jwsCommands: CommandGroup = {
  summary: 'sign and verify data using JSON Web Signature (JWS)',
  description: 'mayfly crypto jws signs any data as JSON Web Signature, and verifies and shows it.',
  example: '$ mayfly crypto jws sign foo.txt --key foo.key',
  members: {
    inspect: {
      summary: 'return the decoded JWS without verification',
      load: async () => (await import('./inspect.ts')).command,
    },
    sign: {
      summary: 'create a signed JWS data structure',
      load: async () => (await import('./sign.ts')).command,
    },
    verify: {
      summary: 'verify a signed JWS data structure and return the payload',
      load: async () => (await import('./verify.ts')).command,
    },
  },
}
