import { loadFirstPassword } from '../files/password.ts'
import type { Io } from '../io.ts'

/**
 * Returns what reads a password file afresh each time, since it may change together with the key. Where it is gone by then,
 * or could be read only once, what was `remembered` stands.
 */
export function freshPassword(
  io: Io,
  passwordFile: string | undefined,
  remembered: () => Promise<string>,
): () => Promise<string> {
  if (passwordFile === undefined || passwordFile === '-') return remembered
  return async () => {
    try {
      return (await loadFirstPassword(io, [passwordFile])) ?? ''
    } catch {
      return await remembered()
    }
  }
}
