import { type ClaimsConfiguration, type ResolvedClaims, resolveClaims } from './claims.ts'

/** Where each claim that holds for a provisioner is decided: a JSON path in `ca.json`, or {@link builtInDefault}. */
export type ClaimsLocation = Readonly<Record<keyof ResolvedClaims, string>>

/** What stands for a location where nothing was configured. */
export const builtInDefault = 'built-in default'

const members: Readonly<Record<keyof ResolvedClaims, string>> = {
  minTlsSeconds: 'minTLSCertDuration',
  maxTlsSeconds: 'maxTLSCertDuration',
  defaultTlsSeconds: 'defaultTLSCertDuration',
  disableRenewal: 'disableRenewal',
  allowRenewalAfterExpiry: 'allowRenewalAfterExpiry',
  disableSmallstepExtensions: 'disableSmallstepExtensions',
}

/** Returns where the claims come from that `resolveClaims` gives to a provisioner whose object stands at `path`. */
export function locateClaims(
  own: ClaimsConfiguration | undefined,
  global: ClaimsConfiguration | undefined,
  path: string,
): ClaimsLocation {
  const resolved = resolveClaims(own, global)
  const inherited = resolveClaims(undefined, global)
  const locate = (name: keyof ResolvedClaims): string => {
    if (own?.[name] !== undefined) return `${path}.claims.${members[name]}`
    // A default of its own moves the limit that it would break.
    if (resolved[name] !== inherited[name]) return `${path}.claims.${members.defaultTlsSeconds}`
    if (global?.[name] !== undefined) return `authority.claims.${members[name]}`
    return builtInDefault
  }
  return {
    minTlsSeconds: locate('minTlsSeconds'),
    maxTlsSeconds: locate('maxTlsSeconds'),
    defaultTlsSeconds: locate('defaultTlsSeconds'),
    disableRenewal: locate('disableRenewal'),
    allowRenewalAfterExpiry: locate('allowRenewalAfterExpiry'),
    disableSmallstepExtensions: locate('disableSmallstepExtensions'),
  }
}
