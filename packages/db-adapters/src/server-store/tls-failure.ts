/** Why a server's certificate was not accepted, and what can be done about it. */
export interface TlsFailure {
  readonly reason: string
  readonly hint: string
}

/**
 * Reads a refusal of Node's TLS; `undefined` for any other error. One of the drivers puts a code of its own in the place of
 * OpenSSL's, and leaves its words.
 */
export function explainTlsFailure(error: unknown): TlsFailure | undefined {
  if (!(error instanceof Error)) return undefined
  // Node adds advice on its own command line.
  const [reason = ''] = error.message.split(';', 1)
  const hint = hints.find(([words]) => words.test(error.message))?.[1]
  return hint === undefined ? undefined : { reason, hint }
}

const rootHint =
  "name the root that the server's certificate leads to: sslrootcert=FILE in db.dataSource"

const hints: readonly (readonly [RegExp, string])[] = [
  [/self-signed certificate|unable to (get|verify)\b.*\b(issuer|first) certificate/i, rootHint],
  [/does not match certificate's altnames/i, 'name the server by a name of its certificate'],
  [
    /certificate (has expired|is not yet valid)/i,
    "renew the server's certificate, or set the clock that is wrong",
  ],
]
