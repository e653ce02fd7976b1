/** `--force`; its short form is the name step's environment variable follows. */
export const forceFlag = {
  force: {
    type: 'boolean',
    aliases: ['f'],
    environment: 'F',
    help: 'Overwrite existing files without asking.',
  },
} as const
