import type { CommandGroup } from '../../../framework/command-tree.ts'

/** `mayfly crypto jwt …` */
export const jwtCommands: CommandGroup = {
  summary: 'sign and verify data using JSON Web Tokens (JWT)',
  description:
    'mayfly crypto jwt signs JSON Web Tokens, and verifies and shows those on standard input.',
  example: '$ echo $TOKEN | mayfly crypto jwt inspect --insecure',
  members: {
    sign: {
      summary: 'create a signed JWT data structure',
      load: async () => (await import('./sign.ts')).command,
    },
    verify: {
      summary: 'verify a signed JWT data structure and return the payload',
      load: async () => (await import('./verify.ts')).command,
    },
    inspect: {
      summary: 'return the decoded JWT without verification',
      load: async () => (await import('./inspect.ts')).command,
    },
  },
}
