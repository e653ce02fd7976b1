import { z } from 'zod'
import { duration, formatSeconds } from './duration.ts'
import type { JsonObject } from './json.ts'

/**
 * What a `claims` object says; a member left out is inherited. Durations are seconds.
 * The SSH members are kept for the listing only.
 */
export interface ClaimsConfiguration {
  readonly minTlsSeconds?: number
  readonly maxTlsSeconds?: number
  readonly defaultTlsSeconds?: number
  readonly disableRenewal?: boolean
  readonly allowRenewalAfterExpiry?: boolean
  readonly disableSmallstepExtensions?: boolean
  /**
   * The object as it is listed: the members in step's order, durations as Go prints them. Made of the fields above where
   * it is left out; `ca.json` gives it, for its members beyond them.
   */
  readonly document?: JsonObject
}

/** The claims that hold for a provisioner once everything is inherited. */
export interface ResolvedClaims {
  readonly minTlsSeconds: number
  readonly maxTlsSeconds: number
  readonly defaultTlsSeconds: number
  readonly disableRenewal: boolean
  readonly allowRenewalAfterExpiry: boolean
  readonly disableSmallstepExtensions: boolean
}

const claimsObject = z.looseObject({
  minTLSCertDuration: duration.nullish(),
  maxTLSCertDuration: duration.nullish(),
  defaultTLSCertDuration: duration.nullish(),
  minUserSSHCertDuration: duration.nullish(),
  maxUserSSHCertDuration: duration.nullish(),
  defaultUserSSHCertDuration: duration.nullish(),
  minHostSSHCertDuration: duration.nullish(),
  maxHostSSHCertDuration: duration.nullish(),
  defaultHostSSHCertDuration: duration.nullish(),
  enableSSHCA: z.boolean().nullish(),
  disableRenewal: z.boolean().nullish(),
  allowRenewalAfterExpiry: z.boolean().nullish(),
  disableSmallstepExtensions: z.boolean().nullish(),
})

/** All members that step documents, in the order in which it lists them. */
export const claimsMembers: readonly string[] = Object.keys(claimsObject.shape)

export const claimsSchema: z.ZodType<ClaimsConfiguration> = claimsObject.transform((claims) => ({
  ...member('minTlsSeconds', seconds(claims.minTLSCertDuration)),
  ...member('maxTlsSeconds', seconds(claims.maxTLSCertDuration)),
  ...member('defaultTlsSeconds', seconds(claims.defaultTLSCertDuration)),
  ...member('disableRenewal', claims.disableRenewal),
  ...member('allowRenewalAfterExpiry', claims.allowRenewalAfterExpiry),
  ...member('disableSmallstepExtensions', claims.disableSmallstepExtensions),
  document: inListedForm(claims),
}))

/**
 * Resolves a provisioner's claims: its own value, else the global one, else step's built-in.
 * A default alone below the inherited minimum lowers the minimum to it; above the maximum, raises the maximum.
 */
export function resolveClaims(
  own: ClaimsConfiguration | undefined,
  global: ClaimsConfiguration | undefined,
): ResolvedClaims {
  const defaultTlsSeconds = own?.defaultTlsSeconds ?? global?.defaultTlsSeconds ?? 24 * 3600
  const inheritedMinimum = global?.minTlsSeconds ?? 300
  const inheritedMaximum = global?.maxTlsSeconds ?? 24 * 3600
  const ownDefault = own?.defaultTlsSeconds
  return {
    minTlsSeconds: own?.minTlsSeconds ?? Math.min(inheritedMinimum, ownDefault ?? inheritedMinimum),
    maxTlsSeconds: own?.maxTlsSeconds ?? Math.max(inheritedMaximum, ownDefault ?? inheritedMaximum),
    defaultTlsSeconds,
    disableRenewal: own?.disableRenewal ?? global?.disableRenewal ?? false,
    allowRenewalAfterExpiry:
      own?.allowRenewalAfterExpiry ?? global?.allowRenewalAfterExpiry ?? false,
    disableSmallstepExtensions:
      own?.disableSmallstepExtensions ?? global?.disableSmallstepExtensions ?? false,
  }
}

/** Returns why resolved claims cannot hold, in step's words, or `undefined` when they can. `NaN` is no duration. */
export function findClaimsProblem(claims: ResolvedClaims): string | undefined {
  const min = formatSeconds(claims.minTlsSeconds)
  const max = formatSeconds(claims.maxTlsSeconds)
  const standard = formatSeconds(claims.defaultTlsSeconds)
  if (!(claims.minTlsSeconds > 0)) return `claims: MinTLSCertDuration must be greater than 0`
  if (!(claims.maxTlsSeconds > 0)) return `claims: MaxTLSCertDuration must be greater than 0`
  if (!(claims.defaultTlsSeconds > 0))
    return `claims: DefaultTLSCertDuration must be greater than 0`
  if (claims.maxTlsSeconds < claims.minTlsSeconds) {
    return `claims: MaxCertDuration cannot be less than MinCertDuration: MaxCertDuration - ${max}, MinCertDuration - ${min}`
  }
  if (claims.defaultTlsSeconds < claims.minTlsSeconds) {
    return `claims: DefaultCertDuration cannot be less than MinCertDuration: DefaultCertDuration - ${standard}, MinCertDuration - ${min}`
  }
  if (claims.maxTlsSeconds < claims.defaultTlsSeconds) {
    return `claims: MaxCertDuration cannot be less than DefaultCertDuration: MaxCertDuration - ${max}, DefaultCertDuration - ${standard}`
  }
  return undefined
}

/** Returns claims as they are listed. */
export function listClaims(claims: ClaimsConfiguration): JsonObject {
  return (
    claims.document ??
    inListedForm({
      minTLSCertDuration: milliseconds(claims.minTlsSeconds),
      maxTLSCertDuration: milliseconds(claims.maxTlsSeconds),
      defaultTLSCertDuration: milliseconds(claims.defaultTlsSeconds),
      disableRenewal: claims.disableRenewal,
      allowRenewalAfterExpiry: claims.allowRenewalAfterExpiry,
      disableSmallstepExtensions: claims.disableSmallstepExtensions,
    })
  )
}

/** Durations come as milliseconds. */
function inListedForm(values: JsonObject): JsonObject {
  return Object.fromEntries(
    claimsMembers.flatMap((name) => {
      const value = values[name]
      if (value === undefined || value === null) return []
      return [[name, typeof value === 'number' ? formatSeconds(value / 1000) : value]]
    }),
  )
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000
}

function seconds(milliseconds: number | null | undefined): number | undefined {
  return milliseconds === null || milliseconds === undefined ? undefined : milliseconds / 1000
}

function member<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): { readonly [K in Name]?: Value } {
  const found: { [K in Name]?: Value } = {}
  if (value !== undefined && value !== null) found[name] = value
  return found
}
