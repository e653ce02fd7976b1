import { commandTree } from './commands/index.ts'
import { assertArgumentCount } from './framework/argument-count.ts'
import type { CommandDefinition } from './framework/command-definition.ts'
import { findCommand } from './framework/command-tree.ts'
import { CommandError } from './framework/errors.ts'
import { reportFailure } from './framework/failure.ts'
import { findGivenFlags, resolveFlagValues } from './framework/flag-values.ts'
import { commandHelpPage, groupHelpPage } from './framework/help-page.ts'
import {
  type Home,
  homeFolder,
  homeOfContext,
  loadFlagDefaults,
  resolveHome,
} from './framework/home.ts'
import { parseArguments } from './framework/parse-arguments.ts'
import { reportLine, writeResult } from './framework/report.ts'
import type { Io } from './io.ts'

/** Runs one command line, given without the program's name, and returns the exit status. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await runWords(argv, io)
  } catch (error) {
    return reportFailure(error, io)
  }
}

async function runWords(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === completionWord) {
    const { writeCompletion } = await import('./completion/write-completion.ts')
    return await writeCompletion(io, argv.slice(1))
  }
  const { words, version, help, configurationPath } = splitGlobalFlags(argv, io)
  if (version) return await runWords(['version'], io)
  const found = findCommand(commandTree, help ? [...words, '--help'] : words)
  switch (found.kind) {
    case 'unknown': {
      const { unknownCommand } = await import('./commands/unknown-command.ts')
      throw unknownCommand(found)
    }
    case 'group':
      return runGroup(found, io)
    case 'command':
      return await runCommand(
        [program, ...found.path].join(' '),
        await found.entry.load(),
        { words: found.rest, configurationPath },
        io,
      )
  }
}

/** `--help`, `--version` and `--config FILE` stand before the command. */
function splitGlobalFlags(
  argv: readonly string[],
  io: Io,
): {
  words: readonly string[]
  version: boolean
  help: boolean
  configurationPath: string | undefined
} {
  const first = argv.findIndex(
    (word, index) => !word.startsWith('-') && !takesWord(argv[index - 1]),
  )
  const front = first === -1 ? argv : argv.slice(0, first)
  const words = first === -1 ? [] : argv.slice(first)
  try {
    const { given, help } = parseArguments(front, globalFlags, { maximum: 0 })
    const flags = resolveFlagValues(globalFlags, { given, environment: {}, defaults: {} })
    return {
      words,
      help,
      version: flags.version === true,
      configurationPath: typeof flags.config === 'string' ? flags.config : undefined,
    }
  } catch (error) {
    showIncorrectUsage(error, () => groupHelpPage(program, commandTree), io)
    throw error
  }
}

function takesWord(word: string | undefined): boolean {
  return word === '--config' || word === '-config'
}

function runGroup(
  found: Extract<ReturnType<typeof findCommand>, { kind: 'group' }>,
  io: Io,
): number {
  const helpPage = () => groupHelpPage([program, ...found.path].join(' '), found.group)
  try {
    parseArguments(found.rest, {}, { maximum: 0 })
  } catch (error) {
    showIncorrectUsage(error, helpPage, io)
    throw error
  }
  writeResult(io, helpPage())
  return 0
}

async function runCommand(
  name: string,
  command: CommandDefinition,
  { words, configurationPath }: { words: readonly string[]; configurationPath: string | undefined },
  io: Io,
): Promise<number> {
  const { positional, given, help } = parseCommandWords(name, command, words, io)
  if (help) {
    writeResult(io, commandHelpPage(name, command))
    return 0
  }
  const base = homeFolder(io.environment)
  const readsDefaults = command.readsDefaults && Object.keys(command.flags).length > 0
  const home = readsDefaults
    ? await homeInContext(base, command, given, io)
    : homeOfContext(base, undefined)
  const defaults = readsDefaults
    ? loadFlagDefaults(home, configurationPath, (line) => reportLine(io, line))
    : {}
  const flags = resolveFlagValues(command.flags, { given, environment: io.environment, defaults })
  const usage = command.usage === '' ? name : `${name} ${command.usage}`
  const invocation = {
    command: name,
    usage,
    positional,
    flags,
    given: findGivenFlags(command.flags, { given, environment: io.environment }),
    home: home.folder,
    base,
    io,
  }
  if (command.positional !== undefined) assertArgumentCount(invocation, command.positional)
  // resolveFlagValues gives each flag a value of its defined type.
  return await command.run(invocation as Parameters<CommandDefinition['run']>[0])
}

/** Only a command that has `--context` asks which, where none is selected. */
async function homeInContext(
  base: string,
  { flags }: CommandDefinition,
  given: ReturnType<typeof parseArguments>['given'],
  io: Io,
): Promise<Home> {
  const { context: definition } = flags
  if (definition === undefined) return await resolveHome(base, undefined, async () => undefined)
  const { context: name } = resolveFlagValues(
    { context: definition },
    { given, environment: io.environment, defaults: {} },
  )
  return await resolveHome(base, typeof name === 'string' ? name : undefined, async (list) => {
    const { chooseContext } = await import('./contexts/choose-context.ts')
    return await chooseContext(io, base, list)
  })
}

function parseCommandWords(
  name: string,
  command: CommandDefinition,
  words: readonly string[],
  io: Io,
): ReturnType<typeof parseArguments> {
  try {
    const maximum = command.positional?.maximum ?? 1
    return parseArguments(words, command.flags, { maximum })
  } catch (error) {
    showIncorrectUsage(error, () => commandHelpPage(name, command), io)
    throw error
  }
}

function showIncorrectUsage(error: unknown, helpPage: () => string, io: Io): void {
  if (error instanceof CommandError && error.code === 'usage_incorrect') {
    writeResult(io, `Incorrect Usage: ${error.message}\n\n${helpPage()}\n`)
  }
}

const program = 'mayfly'

/** What the completion scripts of shells call: hidden, and no command. */
const completionWord = '__complete'

const globalFlags = {
  version: { type: 'boolean', aliases: ['v'], help: 'print the version' },
  config: { type: 'text', value: 'file', help: 'the file that gives flags their defaults' },
} as const
