import { keyTypeFlags } from '../ca/key-type-flags.ts'
import {
  CommandError,
  flagIncompatible,
  flagIncompatibleWithValue,
  flagRequiresFlag,
  flagValueInvalid,
} from '../framework/errors.ts'

/** What `mayfly certificate create` can make. */
export type CreationKind = 'leaf' | 'intermediate-ca' | 'root-ca' | 'self-signed' | 'csr'

interface CreationFlags {
  readonly profile: string | undefined
  readonly csr: boolean
  readonly bundle: boolean
  readonly subtle: boolean
  readonly ca: string | undefined
  readonly 'ca-key': string | undefined
  readonly key: string | undefined
  readonly template: string | undefined
  readonly [flag: string]: unknown
}

/**
 * Reads from the flags what is to be made, and refuses the others that do not go with it. `given` holds the
 * flags that somebody gave. What a template makes counts as a leaf where there is an issuer, as self-signed else.
 *
 * @throws {CommandError} `flag_invalid`, `flag_conflict`, `flag_missing`
 */
export function parseCreationKind(flags: CreationFlags, given: ReadonlySet<string>): CreationKind {
  const keyFlag = Object.keys(keyTypeFlags).find((name) => flags[name] !== undefined)
  if (flags.key !== undefined && keyFlag !== undefined) {
    const message = `flag '--key' is incompatible with '${keyFlag}'`
    throw new CommandError('flag_conflict', message)
  }
  if (flags.template !== undefined && given.has('profile')) {
    throw flagIncompatible('profile', 'template')
  }
  if (flags.csr) {
    const other = notForRequests.find((name) => isGiven(flags, given, name))
    if (other !== undefined && (other !== 'profile' || flags.profile !== 'leaf')) {
      throw flagIncompatible(other, 'csr')
    }
    return 'csr'
  }
  if (flags.template !== undefined) return parseTemplatedKind(flags)
  const kind = profiles.find((name) => name === (flags.profile ?? 'leaf'))
  switch (kind) {
    case undefined:
      throw flagValueInvalid('profile', flags.profile ?? '', {
        detail: `options are ${profiles.join(', ')}`,
      })
    case 'leaf':
      assertIssuerFlags(kind, flags)
      return kind
    case 'intermediate-ca':
      if (flags.bundle) throw flagIncompatibleWithValue('bundle', 'profile', kind)
      assertIssuerFlags(kind, flags)
      return kind
    case 'self-signed':
      if (!flags.subtle) throw missing(kind, 'subtle')
      assertNoIssuerFlags(kind, flags)
      return kind
    case 'root-ca':
      assertNoIssuerFlags(kind, flags)
      return kind
  }
}

/** A template says what is made; the flags, whether somebody else issues it. */
function parseTemplatedKind(flags: CreationFlags): 'leaf' | 'self-signed' {
  const hasIssuer = flags.ca !== undefined
  if (hasIssuer && flags['ca-key'] === undefined) throw flagRequiresFlag('ca', 'ca-key')
  if (!hasIssuer && flags['ca-key'] !== undefined) throw flagRequiresFlag('ca-key', 'ca')
  if (!hasIssuer && flags.bundle) throw flagRequiresFlag('bundle', 'ca')
  return hasIssuer ? 'leaf' : 'self-signed'
}

function isGiven(flags: CreationFlags, given: ReadonlySet<string>, name: string): boolean {
  return given.has(name) && flags[name] !== false
}

function assertIssuerFlags(profile: string, flags: CreationFlags): void {
  for (const name of ['ca', 'ca-key'] as const) {
    if (flags[name] === undefined) throw missing(profile, name)
  }
}

function assertNoIssuerFlags(profile: string, flags: CreationFlags): void {
  for (const name of ['ca', 'ca-key'] as const) {
    if (flags[name] !== undefined) throw flagIncompatibleWithValue(name, 'profile', profile)
  }
  if (flags.bundle) throw flagIncompatibleWithValue('bundle', 'profile', profile)
}

function missing(profile: string, flag: string): CommandError {
  const message = `'--profile ${profile}' requires the '--${flag}' flag`
  return new CommandError('flag_missing', message)
}

const profiles = ['leaf', 'intermediate-ca', 'root-ca', 'self-signed'] as const

const notForRequests = [
  'bundle',
  'profile',
  'ca',
  'ca-key',
  'ca-password-file',
  'not-before',
  'not-after',
] as const
