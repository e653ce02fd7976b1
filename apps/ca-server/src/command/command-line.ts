/** What a command line asks for. */
export type Invocation =
  | { readonly kind: 'help'; readonly topic: string | undefined }
  | { readonly kind: 'version' }
  | ({ readonly kind: 'serve' } & ServeArguments)
  /** `showsHelp` where step prints its help after the mistake. */
  | { readonly kind: 'mistake'; readonly message: string; readonly showsHelp: boolean }

export interface ServeArguments {
  readonly configurationPath: string | undefined
  readonly passwordFile: string | undefined
  readonly pidFile: string | undefined
  readonly isQuiet: boolean
  readonly discardHistory: boolean
}

/** Parses the words after the program's name. Flags may stand anywhere, with one dash or two. */
export function parseCommandLine(words: readonly string[]): Invocation {
  const scan = scanWords(words)
  if ('message' in scan) return { kind: 'mistake', message: scan.message, showsHelp: true }
  const { values, switches, positionals } = scan
  const [first, second] = positionals
  if (switches.has('help')) return { kind: 'help', topic: undefined }
  if (switches.has('version') || first === 'version') return { kind: 'version' }
  if (first === 'help' || first === 'h') return { kind: 'help', topic: second }
  const mistake = values.has('context') ? contextMistake : undefined
  if (mistake !== undefined) return { kind: 'mistake', message: mistake, showsHelp: false }
  if (positionals.length > 1) return { kind: 'mistake', message: tooMany, showsHelp: false }
  return {
    kind: 'serve',
    configurationPath: first,
    passwordFile: values.get('password-file'),
    pidFile: values.get('pidfile'),
    isQuiet: switches.has('quiet'),
    discardHistory: switches.has('discard-history'),
  }
}

interface Scan {
  readonly values: ReadonlyMap<string, string>
  readonly switches: ReadonlySet<string>
  readonly positionals: readonly string[]
}

function scanWords(words: readonly string[]): Scan | { readonly message: string } {
  const values = new Map<string, string>()
  const switches = new Set<string>()
  const positionals: string[] = []
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      positionals.push(...rest)
      break
    }
    const [, written, , inline] = /^--?([^=-][^=]*)(=([\s\S]*))?$/.exec(word) ?? []
    if (written === undefined) {
      positionals.push(word)
      continue
    }
    const name = shortNames.get(written) ?? written
    if (valueFlags.has(name)) {
      const value = inline ?? rest.shift()
      if (value === undefined) return { message: `flag needs an argument: -${written}` }
      values.set(name, value)
    } else if (switchFlags.has(name)) {
      const isSet = truthValues.get(inline ?? 'true')
      if (isSet === undefined) {
        return { message: `invalid boolean value "${inline}" for -${written}: parse error` }
      }
      if (isSet) switches.add(name)
      else switches.delete(name)
    } else {
      return { message: `flag provided but not defined: -${written}` }
    }
  }
  return { values, switches, positionals }
}

const valueFlags: ReadonlySet<string> = new Set(['password-file', 'pidfile', 'context'])
const switchFlags: ReadonlySet<string> = new Set(['quiet', 'discard-history', 'help', 'version'])
const shortNames: ReadonlyMap<string, string> = new Map([
  ['h', 'help'],
  ['v', 'version'],
])

/** As Go reads a truth value. */
const truthValues: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false] as const),
])

const tooMany =
  "too many positional arguments were provided in 'mayfly-ca <config> [--password-file=<file>]'"
const contextMistake =
  'contexts are not offered yet: name the configuration file, as in mayfly-ca <config>'
