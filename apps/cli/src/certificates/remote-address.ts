/** The flags for certificates that a server shows. */
export const remoteFlags = {
  roots: {
    type: 'text',
    value: 'file|folder',
    help: "The roots that a server's certificate is judged by: a file, files with commas between them, or a folder. The roots of the system if left out.",
  },
  servername: { type: 'text', value: 'name', help: 'The name to ask a server for.' },
} as const

/** How a server is met. */
export interface RemoteOptions {
  readonly roots: string | undefined
  readonly servername: string | undefined
  /** Takes the certificates as they come, whoever the server is. */
  readonly insecure: boolean
}

/** Whether an argument names a server rather than a file. */
export function isRemote(name: string): boolean {
  return addressPattern.test(name)
}

/** An address of a server: its scheme, and what stands behind. */
export const addressPattern: RegExp = /^(https|tls|tcp|smtps|ldaps):\/\/([^/?#]*)/i
