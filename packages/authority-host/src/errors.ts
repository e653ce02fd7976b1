/** Tells the refusals of opening, reloading and initialising apart. */
export type HostErrorCode =
  | 'configuration_not_found'
  | 'configuration_unreadable'
  | 'configuration_invalid'
  | 'configuration_locked'
  | 'configuration_changed'
  | 'configuration_not_shared'
  | 'configuration_key_unfit'
  | 'revision_missing'
  | 'revision_refused'
  | 'revision_conflict'
  | 'revisions_found'
  | 'certificate_unreadable'
  | 'certificate_unfit'
  | 'key_unreadable'
  | 'key_decryption_failed'
  | 'key_mismatch'
  | 'key_not_loaded'
  | 'chain_untrusted'
  | 'database_unsupported'
  | 'database_history_found'
  | 'database_changed'
  | 'history_not_found'
  | 'import_overtaken'
  | 'database_missing'
  | 'database_not_migrated'
  | 'database_restore_unfinished'
  | 'file_exists'
  | 'file_unwritable'
  | 'host_closed'

/** Thrown when an authority cannot be opened, reloaded or initialised. Never holds a secret. */
export class HostError extends Error {
  override readonly name = 'HostError'
  readonly code: HostErrorCode
  /** What the operator can do about it, in words fit to be shown. */
  readonly hint: string | undefined

  constructor(
    code: HostErrorCode,
    message: string,
    options: { cause?: unknown; hint?: string | undefined } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.hint = options.hint
  }
}

/** Words what the file system refused, without the path that the caller names. */
export function describeFileError(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'no such file or directory'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'EISDIR':
      return 'is a directory'
    case 'ENOTDIR':
      return 'not a directory'
    case 'ENOSPC':
      return 'no space left on device'
    case 'EROFS':
      return 'read-only file system'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}

/** Returns the code that Node gives its own errors, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Begins the message of an error with the member of `ca.json` that it is about, if it is about one. */
export function prefixOf(member: string | undefined): string {
  return member === undefined ? '' : `${member}: `
}
