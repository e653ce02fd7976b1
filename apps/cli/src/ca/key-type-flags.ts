import type { KeyType } from '@mayfly/keystore-hsm'
import {
  CommandError,
  flagIncompatibleWithValue,
  flagRequiresFlag,
  flagValueInvalid,
} from '../framework/errors.ts'

/** The flags that say what key to make. */
export const keyTypeFlags = {
  kty: {
    type: 'text',
    value: 'type',
    options: ['EC', 'OKP', 'RSA'],
    help: 'The kind of key to make: EC (default), OKP or RSA.',
  },
  curve: {
    type: 'text',
    value: 'curve',
    aliases: ['crv'],
    environment: 'CRV',
    options: ['P-256', 'P-384', 'P-521', 'Ed25519'],
    help: 'The curve of the key: P-256 (default), P-384 or P-521 for EC, Ed25519 for OKP. Needs --kty.',
  },
  size: {
    type: 'integer',
    value: 'bits',
    help: 'The size of an RSA key, 2048 (default) or more. Needs --kty.',
  },
} as const

/**
 * Reads the kind of key from its flags.
 *
 * @throws {CommandError} `flag_missing`, `flag_invalid`, `flag_conflict`
 */
export function parseKeyType({
  kty,
  curve,
  size,
}: {
  readonly kty: string | undefined
  readonly curve: string | undefined
  readonly size: number | undefined
}): KeyType {
  if (kty === undefined) {
    if (curve !== undefined) throw flagRequiresFlag('curve', 'kty')
    if (size !== undefined) throw flagRequiresFlag('size', 'kty')
    return { kty: 'EC', crv: 'P-256' }
  }
  switch (kty) {
    case 'RSA':
      return parseRsaKeyType(curve, size)
    case 'EC':
      if (size !== undefined) throw flagIncompatibleWithValue('size', 'kty', kty)
      if (curve === undefined || curve === 'P-256') return { kty, crv: 'P-256' }
      if (curve === 'P-384' || curve === 'P-521') return { kty, crv: curve }
      throw badCurve(kty, curve, 'P-256, P-384, P-521')
    case 'OKP':
      if (size !== undefined) throw flagIncompatibleWithValue('size', 'kty', kty)
      if (curve === undefined || curve === 'Ed25519') return { kty, crv: 'Ed25519' }
      throw badCurve(kty, curve, 'Ed25519')
    default:
      throw flagValueInvalid('kty', kty, { detail: 'options are RSA, EC, OKP' })
  }
}

function parseRsaKeyType(curve: string | undefined, size: number | undefined): KeyType {
  if (curve !== undefined) throw flagIncompatibleWithValue('curve', 'kty', 'RSA')
  if (size !== undefined && size < 2048) {
    throw new CommandError(
      'flag_invalid',
      "flag '--size' requires at least 2048 unless '--insecure' flag is provided",
    )
  }
  return { kty: 'RSA', size: size ?? 2048 }
}

function badCurve(kty: string, curve: string, options: string): CommandError {
  return new CommandError(
    'flag_conflict',
    `flag '--kty ${kty}' is incompatible with flag '--curve ${curve}'\n\n  Option(s): --curve ${options}`,
  )
}
