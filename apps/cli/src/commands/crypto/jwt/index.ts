import type { CommandGroup } from '../../../framework/command-tree.ts'

/** `mayfly crypto jwt …` */
export const jwtCommands: CommandGroup = {
  summary: 'verify and inspect JSON Web Tokens',
  description: 'mayfly crypto jwt verifies and shows JSON Web Tokens read from standard input.',
  example: '$ echo $TOKEN | mayfly crypto jwt inspect --insecure',
  members: {
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
