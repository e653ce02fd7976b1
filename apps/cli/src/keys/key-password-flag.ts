/** The flag that names the file with the password of a key that is read. */
export const keyPasswordFlag = {
  'password-file': {
    type: 'text',
    value: 'file',
    help: 'The file with the password of the key; asked for if left out.',
  },
} as const
