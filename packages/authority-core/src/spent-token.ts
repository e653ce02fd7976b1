import { type ParsedToken, parseToken, TokenError, tokenIdentity } from '@mayfly/jwt-tokens'
import { ProfileError, parseCertificate } from '@mayfly/x509-profiles'
import { decodePercents, findFragment } from './one-time-token.ts'
import { credentialHolder, renewalHolder } from './token-maker.ts'

/** What is to be remembered of a token that another authority took. */
export interface SpentToken {
  /** Its identities, 32 octets each: one for every way in which it could be handed in here. */
  readonly ids: readonly Uint8Array[]
  /** When it can no longer be used, leeway not counted. */
  readonly expiresAt: Date
}

/**
 * Returns by what a token that was spent elsewhere is known here, or `undefined` for what nobody here would ever take
 * as a token: what is malformed, or never expires.
 *
 * It takes the token alone: an identity is made of names that the token itself bears, so a provisioner that is unknown
 * today and comes back tomorrow finds its tokens spent. Nothing is verified, for nothing is granted.
 */
export function describeSpentToken(text: string): SpentToken | undefined {
  const parsed = parse(compactForm(text))
  const exp = parsed?.claims.exp
  if (parsed === undefined || exp === undefined) return undefined
  const expiresAt = new Date(exp * 1000)
  if (Number.isNaN(expiresAt.getTime())) return undefined
  const ids = makersOf(parsed).map((maker) => tokenIdentity(parsed, maker))
  return { ids: withoutRepetition(ids), expiresAt }
}

/**
 * Writes a token in the one form that is taken here: compact, strict base64url (RFC 7515 §7.1, §2). step-ca also takes
 * it with white space, with other letters for the same octets, and in the JSON serializations (§7.2), and keeps it as
 * it came: whoever spent it so there could hand it in here in its proper form.
 */
function compactForm(text: string): string {
  const dense = text.replaceAll(/\s/g, '')
  const parts = dense.startsWith('{') ? findJsonParts(dense) : dense.split('.')
  return parts.map((part) => Buffer.from(part, 'base64url').toString('base64url')).join('.')
}

/** Protected header, payload and first signature; Go reads the names of members in any case. */
function findJsonParts(text: string): readonly string[] {
  const members = membersOf(parseJson(text))
  const signatures = members.get('signatures')
  const signed = Array.isArray(signatures) ? membersOf(signatures[0]) : members
  return [signed.get('protected'), members.get('payload'), signed.get('signature')].map((part) =>
    typeof part === 'string' ? part : '',
  )
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null) return new Map()
  return new Map(Object.entries(value).map(([name, member]) => [name.toLowerCase(), member]))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function parse(text: string): ParsedToken | undefined {
  try {
    return parseToken(text)
  } catch (error) {
    if (error instanceof TokenError) return undefined
    throw error
  }
}

/** Everyone whom this authority might take for the maker, as `authorizeToken` and `authorizeRenewalToken` name them. */
function makersOf(parsed: ParsedToken): readonly string[] {
  const { claims, protectedHeader } = parsed
  const fragment = findFragment(parsed)
  const credential = keyOf(parsed.x5c)
  const renewed = keyOf(parsed.x5cInsecure)
  return [
    `${claims.iss}:${protectedHeader.kid ?? ''}`,
    ...(fragment === undefined || credential === undefined
      ? []
      : [fragment, decodePercents(fragment)].map((id) => credentialHolder(id, credential))),
    ...(renewed === undefined ? [] : [renewalHolder(renewed)]),
  ]
}

function keyOf(
  chain: readonly Uint8Array[] | undefined,
): { readonly subjectPublicKeyInfo: Uint8Array } | undefined {
  const [leaf] = chain ?? []
  if (leaf === undefined) return undefined
  try {
    return parseCertificate(leaf)
  } catch (error) {
    if (error instanceof ProfileError) return undefined
    throw error
  }
}

function withoutRepetition(ids: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(ids.map((id) => [Buffer.from(id).toString('hex'), id])).values()]
}
