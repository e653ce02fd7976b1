import type { JsonObject } from '@mayfly/authority-core/config'
import { formatDuration, parseDuration } from '@mayfly/x509-profiles'
import { CommandError, durationHint } from '../../framework/errors.ts'
import { withMembers } from './members.ts'

/** The flags of a provisioner's `claims`. */
export const claimsFlags = {
  'x509-min-dur': {
    type: 'text',
    value: 'duration',
    help: 'The shortest validity of a certificate.',
  },
  'x509-max-dur': {
    type: 'text',
    value: 'duration',
    help: 'The longest validity of a certificate.',
  },
  'x509-default-dur': {
    type: 'text',
    value: 'duration',
    help: 'The validity of a certificate that asks for none.',
  },
  'ssh-user-min-dur': {
    type: 'text',
    value: 'duration',
    help: 'The shortest validity of an SSH user certificate.',
  },
  'ssh-user-max-dur': {
    type: 'text',
    value: 'duration',
    help: 'The longest validity of an SSH user certificate.',
  },
  'ssh-user-default-dur': {
    type: 'text',
    value: 'duration',
    help: 'The validity of an SSH user certificate that asks for none.',
  },
  'ssh-host-min-dur': {
    type: 'text',
    value: 'duration',
    help: 'The shortest validity of an SSH host certificate.',
  },
  'ssh-host-max-dur': {
    type: 'text',
    value: 'duration',
    help: 'The longest validity of an SSH host certificate.',
  },
  'ssh-host-default-dur': {
    type: 'text',
    value: 'duration',
    help: 'The validity of an SSH host certificate that asks for none.',
  },
  'disable-renewal': { type: 'boolean', help: 'Let no certificate be renewed.' },
  'allow-renewal-after-expiry': {
    type: 'boolean',
    help: 'Let certificates be renewed after they have expired.',
  },
  'disable-smallstep-extensions': {
    type: 'boolean',
    help: 'Leave the extension that names the provisioner out of certificates.',
  },
  ssh: {
    type: 'boolean',
    whenAbsent: true,
    help: 'Permit SSH certificates, once they are offered; on unless --ssh=false is given.',
  },
} as const

type ClaimsFlag = keyof typeof claimsFlags

/** The values of {@link claimsFlags}. */
export type ClaimsFlagValues = {
  readonly [K in ClaimsFlag]: (typeof claimsFlags)[K]['type'] extends 'boolean'
    ? boolean
    : string | undefined
}

/**
 * Returns the `claims` of a new provisioner as step writes them: durations only where they are given, all switches.
 *
 * @throws {CommandError} `usage_incorrect` for what is no duration.
 */
export function newClaims(flags: ClaimsFlagValues): JsonObject {
  const claims = membersByFlag.flatMap(([flag, member]) => {
    const value = claimOf(flag, flags)
    return value === undefined ? [] : [[member, value]]
  })
  return Object.fromEntries(claims)
}

/**
 * Returns `claims` with what the given flags say; an empty duration takes the member away.
 *
 * @throws {CommandError} `usage_incorrect` for what is no duration.
 */
export function updatedClaims(
  claims: JsonObject,
  flags: ClaimsFlagValues,
  given: ReadonlySet<string>,
): JsonObject {
  const changes = membersByFlag
    .filter(([flag]) => given.has(flag))
    .map(([flag, member]) => [member, claimOf(flag, flags)])
  return withMembers(claims, Object.fromEntries(changes), memberOrder)
}

/** Durations in Go's form, as step keeps them. */
function claimOf(flag: ClaimsFlag, flags: ClaimsFlagValues): string | boolean | undefined {
  const value = flags[flag]
  if (typeof value !== 'string') return value
  try {
    return formatDuration(parseDuration(value))
  } catch {
    throw new CommandError(
      'usage_incorrect',
      `invalid value "${value}" for flag -${flag}: parse error`,
      { hint: durationHint },
    )
  }
}

/** In the order of the file. */
const membersByFlag: readonly (readonly [flag: ClaimsFlag, member: string])[] = [
  ['x509-min-dur', 'minTLSCertDuration'],
  ['x509-max-dur', 'maxTLSCertDuration'],
  ['x509-default-dur', 'defaultTLSCertDuration'],
  ['ssh-user-min-dur', 'minUserSSHCertDuration'],
  ['ssh-user-max-dur', 'maxUserSSHCertDuration'],
  ['ssh-user-default-dur', 'defaultUserSSHCertDuration'],
  ['ssh-host-min-dur', 'minHostSSHCertDuration'],
  ['ssh-host-max-dur', 'maxHostSSHCertDuration'],
  ['ssh-host-default-dur', 'defaultHostSSHCertDuration'],
  ['ssh', 'enableSSHCA'],
  ['disable-renewal', 'disableRenewal'],
  ['allow-renewal-after-expiry', 'allowRenewalAfterExpiry'],
  ['disable-smallstep-extensions', 'disableSmallstepExtensions'],
]

const memberOrder = membersByFlag.map(([, member]) => member)
