import { parseTimeFlag } from './token-validity.ts'

/** The flags by which a certificate's validity is asked for. */
export const certificateValidityFlags = {
  'not-before': {
    type: 'text',
    value: 'time|duration',
    help: "When the certificate's validity starts: RFC 3339, or a duration from now; now if left out.",
  },
  'not-after': {
    type: 'text',
    value: 'time|duration',
    help: "When the certificate's validity ends: RFC 3339, or a duration from its start; as the CA's provisioner has it if left out.",
  },
} as const

interface ValidityFlags {
  readonly 'not-before': string | undefined
  readonly 'not-after': string | undefined
}

/**
 * Returns the validity to ask the CA for, in the user's own words: durations count from when the CA signs.
 *
 * @throws {CommandError} `flag_invalid` for what is no time or duration.
 */
export function requestedValidity(
  flags: ValidityFlags,
  now: Date,
): { readonly notBefore?: string; readonly notAfter?: string } {
  const { 'not-before': notBefore, 'not-after': notAfter } = flags
  parseTimeFlag('not-before', notBefore, now)
  parseTimeFlag('not-after', notAfter, now)
  return {
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(notAfter === undefined ? {} : { notAfter }),
  }
}
