export type CommandErrorCode =
  | 'usage_incorrect'
  | 'command_unknown'
  | 'arguments_wrong'
  | 'flag_missing'
  | 'flag_invalid'
  | 'flag_conflict'
  | 'not_offered'
  | 'defaults_unreadable'
  | 'contexts_unreadable'
  | 'context_unknown'
  | 'terminal_unavailable'
  | 'interrupted'
  | 'file_unreadable'
  | 'file_exists'
  | 'file_unwritable'
  | 'database_unfit'
  | 'provisioner_unfit'
  | 'revision_unknown'
  | 'key_unfit'
  | 'token_unfit'
  | 'token_refused'
  | 'certificate_unfit'
  | 'template_unfit'
  | 'verification_failed'
  | 'ca_unreachable'
  | 'ca_not_ready'
  | 'server_unreachable'
  | 'renewals_not_revoked'
  | 'trust_store_unfit'
  | 'child_failed'

/** Thrown when a command line cannot be done; `message` is the line that the user reads, and `hint` one on what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: CommandErrorCode
  readonly exitCode: number
  readonly hint: string | undefined
  /** Whether `message` is the CA's own, written for its users. */
  readonly friendly: boolean

  constructor(
    code: CommandErrorCode,
    message: string,
    options: { cause?: unknown; exitCode?: number; hint?: string | undefined } = {},
  ) {
    super(message, options)
    this.code = code
    this.exitCode = options.exitCode ?? (code === 'command_unknown' ? 3 : 1)
    this.hint = options.hint
    this.friendly = code === 'token_refused'
  }
}

/** `'mayfly ca token' requires the '--ca-url' flag` */
export function flagRequiredByCommand(command: string, flag: string): CommandError {
  const hint = flag === 'ca-url' && !command.endsWith(' bootstrap') ? unknownCaHint : undefined
  return new CommandError('flag_missing', `'${command}' requires the '--${flag}' flag`, { hint })
}

const unknownCaHint = "or let this machine know the CA once: 'mayfly help ca bootstrap'"

/** `flag '--root' requires the '--key' flag` */
export function flagRequiresFlag(flag: string, other: string): CommandError {
  return new CommandError('flag_missing', `flag '--${flag}' requires the '--${other}' flag`)
}

/** `flag '--offline' is incompatible with '--token'` */
export function flagIncompatible(flag: string, other: string): CommandError {
  return new CommandError('flag_conflict', `flag '--${flag}' is incompatible with '--${other}'`)
}

/** `flag '--curve' is incompatible with flag '--kty RSA'` */
export function flagIncompatibleWithValue(
  flag: string,
  other: string,
  otherValue: string,
): CommandError {
  return new CommandError(
    'flag_conflict',
    `flag '--${flag}' is incompatible with flag '--${other} ${otherValue}'`,
  )
}

/** `flag '--token' and flag '--san' are mutually exclusive` */
export function flagsMutuallyExclusive(flag: string, other: string): CommandError {
  return new CommandError(
    'flag_conflict',
    `flag '--${flag}' and flag '--${other}' are mutually exclusive`,
  )
}

/** `invalid value 'x' for flag '--F'`, with `; detail` where there is one. */
export function flagValueInvalid(
  flag: string,
  value: string,
  { detail, hint }: { readonly detail?: string | undefined; readonly hint?: string } = {},
): CommandError {
  const suffix = detail === undefined ? '' : `; ${detail}`
  const message = `invalid value '${value}' for flag '--${flag}'${suffix}`
  return new CommandError('flag_invalid', message, { hint })
}

/** How durations are written, for those who wrote `7d`. */
export const durationHint = 'durations are written as 168h or 1h30m'

/** What step has and Mayfly does not have yet: refused by name, never ignored. */
export function notOfferedYet(what: string): CommandError {
  return new CommandError('not_offered', `${what} is not offered yet`)
}
