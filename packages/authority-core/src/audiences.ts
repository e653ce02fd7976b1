import { isIPv6 } from 'node:net'

/** What a token may be meant for; its audience says which. */
export type TokenUse = 'sign' | 'renew' | 'revoke'

/** The audiences accepted for each use, made once from the names of the authority. */
export type Audiences = Readonly<Record<TokenUse, readonly string[]>>

const literalAudience = 'step-certificate-authority'

const paths: Readonly<Record<TokenUse, readonly string[]>> = {
  sign: ['/1.0/sign', '/sign', '/1.0/ssh/sign', '/ssh/sign'],
  renew: ['/1.0/renew', '/renew'],
  revoke: ['/1.0/revoke', '/revoke'],
}

/** Returns the audiences that tokens for an authority known as `dnsNames` may carry, as step accepts them. */
export function acceptedAudiences(dnsNames: readonly string[]): Audiences {
  const urls = (use: TokenUse): readonly string[] =>
    dnsNames.flatMap((name) =>
      paths[use].map((path) => `https://${isIPv6(name) ? `[${name}]` : name}${path}`),
    )
  return {
    sign: [literalAudience, ...urls('sign')],
    renew: urls('renew'),
    revoke: [literalAudience, ...urls('revoke')],
  }
}
