/** What step has and Mayfly does not have yet, by its name behind `mayfly`; a group stands for all that is in it. */
export const commandsNotOffered: ReadonlySet<string> = new Set([
  'api',
  'base64',
  'beta',
  'crl',
  'fileserver',
  'oauth',
  'ssh',
  ...['acme', 'admin', 'policy'].map((name) => `ca ${name}`),
  'ca provisioner webhook',
  ...['kdf', 'nacl', 'otp', 'winpe'].map((name) => `crypto ${name}`),
])
