/** Where passwords come from. */
export interface PasswordSource {
  /** The password of the key, as from a password file: goes before the one in `ca.json`. White space at its end is cut. */
  readonly password?: () => Promise<string>
  /** Asks a person for the password of the key in `path`, when there is no other. */
  readonly askPassword?: (path: string) => Promise<string>
}

/** Finds the password of the key in `path`, of which `configured` stands in `ca.json`; `undefined` where nobody knows it. */
export type PasswordFinder = (
  path: string,
  configured?: string | undefined,
) => Promise<string | undefined>

/** Remembers the password that was given at the start: reloads need it, and nobody is asked twice. */
export function createPasswordFinder({ password, askPassword }: PasswordSource): PasswordFinder {
  let given: string | undefined
  return async (path, configured) => {
    given ??= (await password?.())?.replace(/\p{White_Space}+$/u, '')
    if (given !== undefined) return given
    if (configured !== undefined) return configured
    given = await askPassword?.(path)
    return given
  }
}
