import type { Io } from '../io.ts'

/** One flag. The key it stands under is its main long name, without dashes. */
export interface FlagDefinition {
  readonly type: 'text' | 'boolean' | 'integer'
  readonly help: string
  /** What the help page calls the value, such as `file`. */
  readonly value?: string
  /** Further names; one of a single letter is the short form. */
  readonly aliases?: readonly string[]
  /** The values it may have, as far as they can be listed; offered by the completion of shells. */
  readonly options?: readonly string[]
  /** May be given several times; `text` only. */
  readonly repeatable?: true
  /** The variable's name behind `MAYFLY_` and `STEP_`, when it is not the main name; false: none is read. */
  readonly environment?: string | false
  /** What a boolean is without the flag; false if left out. */
  readonly whenAbsent?: true
  /** Known to step and refused by name here: kept out of the help page. */
  readonly hidden?: true
}

export type FlagDefinitions = Readonly<Record<string, FlagDefinition>>

/** An empty text counts as not given. */
type FlagValue<F extends FlagDefinition> = F['type'] extends 'boolean'
  ? boolean
  : F extends { readonly repeatable: true }
    ? readonly string[]
    : F['type'] extends 'integer'
      ? number | undefined
      : string | undefined

export type FlagValues<F extends FlagDefinitions> = { readonly [K in keyof F]: FlagValue<F[K]> }

/** What a command is given to run with. */
export interface Invocation<F extends FlagDefinitions = FlagDefinitions> {
  /** The whole name, as in `mayfly ca token`. */
  readonly command: string
  /** The first usage line, as in `mayfly ca token <subject>`. */
  readonly usage: string
  readonly positional: readonly string[]
  readonly flags: FlagValues<F>
  /** Main names of the flags that the command line or a variable gives, be it an empty value; defaults do not count. */
  readonly given: ReadonlySet<string>
  /** The folder in use, a context's where contexts are on: `config`, `certs`, `secrets`, `db` are in it. */
  readonly home: string
  /** Mayfly's own folder, which holds all contexts. Where contexts are off it is `home`. */
  readonly base: string
  readonly io: Io
}

interface CommandTexts {
  /** The arguments as the usage line shows them: `<subject> <crt-file> <key-file>`; may be empty. */
  readonly usage: string
  readonly summary: string
  readonly description: string
  readonly example: string
  /** What its arguments are, for the completion of shells; files if left out. */
  readonly completes?: 'files' | 'contexts' | 'provisioners' | readonly string[]
}

/** A command as the framework sees it. */
export interface CommandDefinition extends CommandTexts {
  /** How many arguments; left out where the command itself counts them. */
  readonly positional: { readonly minimum: number; readonly maximum: number } | undefined
  readonly flags: FlagDefinitions
  /** Whether flags take values from `defaults.json`. */
  readonly readsDefaults: boolean
  run(invocation: Invocation): Promise<number>
}

/** A command as it is written, with its flags' values typed by their definitions. */
export interface CommandSource<F extends FlagDefinitions> extends CommandTexts {
  readonly positional?: { readonly minimum: number; readonly maximum: number }
  readonly flags: F
  readonly readsDefaults?: false
  /** Returns the exit status; nothing returned means 0. */
  run(invocation: Invocation<F>): Promise<number | undefined>
}

/** Makes a command of its source. */
export function defineCommand<const F extends FlagDefinitions>(
  source: CommandSource<F>,
): CommandDefinition {
  return {
    usage: source.usage,
    summary: source.summary,
    description: source.description,
    example: source.example,
    completes: source.completes ?? 'files',
    positional: source.positional,
    flags: source.flags,
    readsDefaults: source.readsDefaults ?? true,
    // The framework fills in a value of the defined type for every flag of `source.flags`.
    run: async (invocation) => (await source.run(invocation as Invocation<F>)) ?? 0,
  }
}
