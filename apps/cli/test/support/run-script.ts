import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { executeProgram } from '../../src/child-process.ts'
import { type Outcome, runCaptured } from './captured-io.ts'
import { findFreePort, type RunningAuthority, startAuthority } from './certificate-authority.ts'
import { type DaemonProcess, startDaemon } from './daemon-process.ts'
import { inheritedEnvironment } from './inherited-environment.ts'
import { mainPath, runOnTerminal } from './pseudo-terminal.ts'
import { parseScript, type ScriptLine } from './script-line.ts'

/**
 * Runs a script of command lines in a folder of its own, the commands in this process, the server beside it. Once
 * `signal` is aborted no further line is run.
 *
 * - `mayfly …` a command line; `! mayfly …` must fail
 * - `mayfly-ca …` starts the server; `reload` sends it SIGHUP and waits; `stop` ends it
 * - `typed 'prompt' 'answer' … -- mayfly …` on a pseudo terminal
 * - `daemon mayfly …` starts one that goes on; `told 'x'` waits until it says so, `signal SIGHUP` sends it a signal, `end` ends it
 * - `eventually mayfly …` is repeated until it succeeds, for 20 seconds at most
 * - `full-disk mayfly …` in a process that may write only small files
 * - `home folder`: the mayfly folder from here on; `set NAME value`, `unset NAME`: the environment
 * - `stdout 'x'`, `stderr 'x'`: the last command wrote something matching; with `!`: did not
 * - `status 3`, `exists f`, `mode 600 f`, `same f g`, `write f text`, `openssl …`, `touch f`, `rm f`, `mkdir f`
 * - `SERIAL=$(serial f)` the decimal serial number of a certificate
 * - `step-ca-db folder`: the folder of a Badger database that the real step-ca has left
 */
export async function runScript(
  text: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-script-'))
  const formerFolder = process.cwd()
  process.chdir(folder)
  const home = join(folder, '.mayfly')
  const state: ScriptState = {
    folder,
    environment: { HOME: folder, MAYFLYPATH: home },
    variables: new Map([
      ['PORT', String(await findFreePort())],
      ['HOME', folder],
      ['MAYFLYPATH', home],
    ]),
    last: { status: 0, stdout: '', stderr: '' },
    authority: undefined,
    daemon: undefined,
  }
  try {
    for (const line of parseScript(text)) {
      signal.throwIfAborted()
      await runLine(line, state)
    }
  } finally {
    await state.daemon?.end()
    await state.authority?.[Symbol.asyncDispose]()
    process.chdir(formerFolder)
    await rm(folder, { recursive: true })
  }
}

interface ScriptState {
  readonly folder: string
  readonly environment: Record<string, string>
  readonly variables: Map<string, string>
  last: Outcome
  authority: RunningAuthority | undefined
  daemon: DaemonProcess | undefined
}

async function runLine(line: ScriptLine, state: ScriptState): Promise<void> {
  const words = line.words.map((word) => expanded(word, state))
  const [name = '', ...rest] = words
  const run = commands.get(name)
  if (run === undefined) throw new Error(`line ${line.number}: there is no command '${name}'`)
  const problem = await run(rest, line, state)
  if (problem !== undefined) {
    const { status, stdout, stderr } = state.last
    throw new Error(
      `line ${line.number}: ${line.text}\n${problem}\nstatus: ${status}\nstdout: ${stdout}\nstderr: ${stderr}\nserver: ${state.authority?.log() ?? ''}`,
    )
  }
}

/** Returns what is wrong. */
type ScriptCommand = (
  words: readonly string[],
  line: ScriptLine,
  state: ScriptState,
) => Promise<string | undefined>

const commands: ReadonlyMap<string, ScriptCommand> = new Map<string, ScriptCommand>([
  ['mayfly', runMayfly],
  ['eventually', ([, ...words], line, state) => repeatMayfly(words, line, state)],
  ['typed', runTyped],
  [
    'mayfly-ca',
    async (words, _line, state) => {
      state.authority = await startAuthority(words, {
        environment: state.environment,
        cwd: state.folder,
      })
      return undefined
    },
  ],
  [
    'reload',
    async (_words, _line, { authority }) => {
      await authority?.reload()
      return undefined
    },
  ],
  [
    'stop',
    async (_words, _line, state) => {
      await state.authority?.[Symbol.asyncDispose]()
      state.authority = undefined
      return undefined
    },
  ],
  [
    'daemon',
    async ([, ...words], _line, state) => {
      state.daemon = startDaemon(words, { environment: state.environment, cwd: state.folder })
      return undefined
    },
  ],
  [
    'told',
    async ([pattern = ''], _line, state) => {
      await state.daemon?.told(new RegExp(pattern, 'm'))
      return undefined
    },
  ],
  [
    'signal',
    async ([name = ''], _line, state) => {
      state.daemon?.signal(signalNamed(name))
      return undefined
    },
  ],
  [
    'end',
    async (_words, line, state) => {
      const ended = await state.daemon?.end()
      state.daemon = undefined
      return ended === undefined ? 'there is no daemon' : keep(ended, line, state)
    },
  ],
  ['stdout', async ([pattern = ''], line, { last }) => matched(last.stdout, pattern, line)],
  ['stderr', async ([pattern = ''], line, { last }) => matched(last.stderr, pattern, line)],
  [
    'status',
    async ([wanted], line, { last }) => expected(String(last.status) === wanted, 'status', line),
  ],
  ['exists', async ([path = ''], line) => expected(existsSync(path), 'existence', line)],
  [
    'mode',
    async ([mode, path = ''], line) =>
      expected(((await stat(path)).mode & 0o777).toString(8) === mode, 'mode', line),
  ],
  [
    'same',
    async ([one = '', other = ''], line) =>
      expected((await readFile(one)).equals(await readFile(other)), 'sameness', line),
  ],
  [
    'write',
    async ([path = '', ...words]) => {
      await writeFile(path, `${words.join(' ')}\n`)
      return undefined
    },
  ],
  [
    'home',
    async ([folder = ''], _line, { environment }) => {
      environment.MAYFLYPATH = resolve(folder)
      return undefined
    },
  ],
  [
    'set',
    async ([name = '', value = ''], _line, { environment }) => {
      environment[name] = value
      return undefined
    },
  ],
  [
    'unset',
    async (names, _line, { environment }) => {
      for (const name of names) delete environment[name]
      return undefined
    },
  ],
  [
    'step-ca-db',
    async ([folder = '']) => {
      await cp(stepCaDatabase, folder, { recursive: true })
      return undefined
    },
  ],
  ['openssl', (words, line, state) => runProgram('openssl', words, { line, state })],
  ['touch', (words, line, state) => runProgram('touch', words, { line, state })],
  ['rm', (words, line, state) => runProgram('rm', words, { line, state })],
  ['mkdir', (words, line, state) => runProgram('mkdir', words, { line, state })],
  ['test', (words, line, state) => runProgram('test', words, { line, state })],
  [
    'full-disk',
    ([, ...words], line, state) =>
      runProgram('sh', ['-c', fullDisk, 'sh', process.execPath, mainPath, ...words], {
        line,
        state,
      }),
  ],
  [
    'serial',
    async ([path = ''], line, state) => {
      const { stdout } = await execute('openssl', ['x509', '-noout', '-serial', '-in', path])
      const hex = stdout.trim().replace('serial=', '')
      return keep({ status: 0, stdout: String(BigInt(`0x${hex}`)), stderr: '' }, line, state)
    },
  ],
])

const execute = promisify(execFile)

const stepCaDatabase = new URL(
  '../../../../packages/authority-host/test/vectors/step-ca-badger',
  import.meta.url,
)

function signalNamed(name: string): NodeJS.Signals {
  if (name === 'SIGHUP' || name === 'SIGTERM' || name === 'SIGINT') return name
  throw new Error(`${name} is no signal for a script`)
}

async function runMayfly(
  words: readonly string[],
  line: ScriptLine,
  state: ScriptState,
): Promise<string | undefined> {
  const stdin =
    line.from === undefined
      ? line.piped && expanded(line.piped, state)
      : await readFile(line.from, 'utf8')
  const outcome = await runCaptured(words, {
    environment: state.environment,
    execute: executeProgram,
    sendSignal: (pid, signal) => {
      process.kill(pid, signal)
    },
    ...(stdin === undefined ? {} : { stdin }),
  })
  return keep(outcome, line, state)
}

async function repeatMayfly(
  words: readonly string[],
  line: ScriptLine,
  state: ScriptState,
): Promise<string | undefined> {
  const deadline = AbortSignal.timeout(20_000)
  for (;;) {
    const problem = await runMayfly(words, line, state)
    if (problem === undefined || deadline.aborted) return problem
    await setImmediate()
  }
}

async function runTyped(
  words: readonly string[],
  line: ScriptLine,
  state: ScriptState,
): Promise<string | undefined> {
  const end = words.indexOf('--')
  const pairs = words.slice(0, end)
  const typings = pairs.flatMap((prompt, index) =>
    index % 2 === 0 ? [{ prompt, answer: pairs[index + 1] ?? '' }] : [],
  )
  const outcome = await runOnTerminal(words.slice(end + 2), typings, {
    environment: state.environment,
    cwd: state.folder,
  })
  return keep(outcome, line, state)
}

async function runProgram(
  program: string,
  words: readonly string[],
  { line, state }: { readonly line: ScriptLine; readonly state: ScriptState },
): Promise<string | undefined> {
  const env = { ...inheritedEnvironment, ...state.environment }
  try {
    const { stdout, stderr } = await execute(program, words, { env })
    return await keep({ status: 0, stdout, stderr }, line, state)
  } catch (error) {
    const stderr =
      error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    return await keep({ status: 1, stdout: '', stderr }, line, state)
  }
}

// Files of up to eight blocks of 512 octets; the signal at the ninth is ignored, so that the write fails.
const fullDisk = 'trap "" XFSZ; ulimit -f 8; exec "$@"'

async function keep(
  outcome: Outcome,
  line: ScriptLine,
  state: ScriptState,
): Promise<string | undefined> {
  state.last = outcome
  if (line.to !== undefined) await writeFile(line.to, outcome.stdout)
  if (line.variable !== undefined) state.variables.set(line.variable, outcome.stdout.trim())
  return expected(outcome.status === 0, 'success', line)
}

function matched(text: string, pattern: string, line: ScriptLine): string | undefined {
  return expected(new RegExp(pattern, 'm').test(plain(text)), `a match of ${pattern}`, line)
}

/** Without colours, as a person reads it. */
function plain(text: string): string {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g'), '')
}

function expected(holds: boolean, what: string, { negated }: ScriptLine): string | undefined {
  if (holds !== negated) return undefined
  return negated ? `${what} was not wanted` : `${what} was wanted`
}

function expanded(word: string, { variables }: ScriptState): string {
  return word.replaceAll(/\$([A-Z_]+)/g, (_, name: string) => variables.get(name) ?? '')
}
