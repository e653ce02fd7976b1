import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Looks at certificate files again and again, as a service would that reads them at any moment. */
export interface WatchedCertificates {
  /** How often they were looked at. */
  readonly looks: () => number
  /** The shortest life, in milliseconds, that any of them had left at any look; negative when it had expired. */
  readonly leastLeft: () => number
  end(): void
}

/**
 * Watches the files that `paths` names at the time.
 *
 * @throws {Error} at `end`, when a file was ever found without a whole certificate.
 */
export function watchCertificates(
  paths: () => readonly string[],
  everyMilliseconds: number,
): WatchedCertificates {
  const known = new Map<string, { readonly text: string; readonly notAfter: number }>()
  let looks = 0
  let leastLeft = Number.POSITIVE_INFINITY
  let failure: unknown

  function look(): void {
    looks += 1
    for (const path of paths()) leastLeft = Math.min(leastLeft, notAfterOf(path) - Date.now())
  }

  function notAfterOf(path: string): number {
    const text = readFileSync(path, 'utf8')
    const before = known.get(path)
    if (before?.text === text) return before.notAfter
    const notAfter = new X509Certificate(text).validToDate.getTime()
    known.set(path, { text, notAfter })
    return notAfter
  }

  const timer = setInterval(() => {
    try {
      look()
    } catch (error) {
      failure ??= error
    }
  }, everyMilliseconds)
  return {
    looks: () => looks,
    leastLeft: () => leastLeft,
    end: () => {
      clearInterval(timer)
      if (failure !== undefined) throw failure
      look()
    },
  }
}
