export type ConfigurationErrorCode = 'configuration_invalid'

/** One thing wrong with a configuration: where it stands and why it cannot be. */
export interface ConfigurationProblem {
  /** JSON path as a reader would write it: `authority.provisioners[0].key.kty`; empty for the whole document. */
  readonly path: string
  readonly reason: string
}

/** Thrown when a `ca.json` cannot be used. Never quotes a value that may be a secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly code: ConfigurationErrorCode = 'configuration_invalid'
  /** All that was found wrong, in document order; at least one. */
  readonly problems: readonly ConfigurationProblem[]

  constructor(
    problems: readonly ConfigurationProblem[],
    options: { source?: string; cause?: unknown } = {},
  ) {
    const prefix = options.source === undefined ? '' : `${options.source}${separator(problems)}`
    super(prefix + problems.map(formatProblem).join('; '), { cause: options.cause })
    this.problems = problems
  }
}

function formatProblem({ path, reason }: ConfigurationProblem): string {
  return path === '' ? reason : `${path}: ${reason}`
}

/** `ca.json is not JSON`, but `ca.json: address: is missing`. */
function separator([first]: readonly ConfigurationProblem[]): string {
  return first?.path === '' ? ' ' : ': '
}
