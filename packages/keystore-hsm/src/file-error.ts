import { getSystemErrorMap } from 'node:util'

/** The operating system's words for a failed file operation, such as `no such file or directory`. */
export function describeFileError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const errno = 'errno' in error && typeof error.errno === 'number' ? error.errno : undefined
  const known = errno === undefined ? undefined : getSystemErrorMap().get(errno)
  return known?.[1] ?? error.message
}
