import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadContexts } from '../framework/contexts.ts'
import { resolveFlagValues } from '../framework/flag-values.ts'
import { homeFolder, loadFlagDefaults, resolveHome } from '../framework/home.ts'
import type { Io } from '../io.ts'
import type { CommandLine, CompletionSources } from './complete-words.ts'

/**
 * Finds names in Mayfly's folder and at the CA, those that a shell takes for one word and nothing else; whatever goes
 * wrong, there are none, and nothing is said.
 */
export function createCompletionSources({
  environment,
}: Pick<Io, 'environment'>): CompletionSources {
  const base = homeFolder(environment)
  return {
    contexts: () => {
      try {
        return loadContexts(base)
          .contexts.map(({ name }) => name)
          .filter(isPlainWord)
      } catch {
        return []
      }
    },
    provisioners: async (line) => {
      try {
        return await findProvisioners(base, line, environment)
      } catch {
        return []
      }
    },
  }
}

/** Of the CA whose URL is given, else of the `ca.json` that is given or at hand, else of the CA of the defaults. */
async function findProvisioners(
  base: string,
  { command, given }: CommandLine,
  environment: Io['environment'],
): Promise<readonly string[]> {
  const flags = Object.entries(command.flags).filter(([name]) => caFlags.has(name))
  const values = resolveFlagValues(Object.fromEntries(flags), { given, environment, defaults: {} })
  const { context, 'ca-url': url, 'ca-config': configuration } = values
  const home = await resolveHome(base, textOf(context), async () => undefined)
  const path = textOf(configuration) ?? join(home.folder, 'config', 'ca.json')
  const names = url === undefined ? provisionersOfFile(path) : undefined
  if (names !== undefined) return names
  const defaults = loadFlagDefaults(home, undefined, () => undefined)
  return await provisionersOfCa(
    textOf(url) ?? textOf(defaults['ca-url']),
    textOf(values.root) ?? textOf(defaults.root) ?? join(home.folder, 'certs', 'root_ca.crt'),
    environment,
  )
}

const caFlags: ReadonlySet<string> = new Set(['context', 'ca-url', 'root', 'ca-config'])

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** `undefined` where there is no `ca.json`: the CA is elsewhere. */
function provisionersOfFile(path: string): readonly string[] | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  return namesOf(JSON.parse(text)?.authority?.provisioners)
}

async function provisionersOfCa(
  url: string | undefined,
  root: string,
  environment: Io['environment'],
): Promise<readonly string[]> {
  if (url === undefined) return []
  const [{ createCaClient }, { parseCertificatePem }] = await Promise.all([
    import('@mayfly/ca-client'),
    import('@mayfly/x509-profiles'),
  ])
  const client = createCaClient({
    url,
    roots: parseCertificatePem(readFileSync(root, 'utf8')),
    proxyEnvironment: environment,
    timeoutMilliseconds,
    // One attempt: a second one would come too late.
    delay: () => Promise.reject(new Error('too late')),
  })
  return namesOf(await client.provisioners())
}

function namesOf(provisioners: unknown): readonly string[] {
  if (!Array.isArray(provisioners)) return []
  return provisioners
    .map((each: unknown) =>
      typeof each === 'object' && each !== null && 'name' in each ? each.name : undefined,
    )
    .filter((name) => typeof name === 'string')
    .filter(isPlainWord)
}

/**
 * Whether a name may be put into a command line as it is. A CA elsewhere says what its provisioners are called, and a
 * shell would obey `$(…)` in a name once the line is sent off; such names are left to who types and quotes them.
 */
function isPlainWord(name: string): boolean {
  return /^[\p{L}\p{N}_@+./][\p{L}\p{M}\p{N}_@%+=:,./-]*$/u.test(name)
}

/** Longer than this nobody waits for a key pressed. */
const timeoutMilliseconds = 1000
