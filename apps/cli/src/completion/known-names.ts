import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadContexts } from '../framework/contexts.ts'
import { homeFolder, loadFlagDefaults, resolveHome } from '../framework/home.ts'
import type { Io } from '../io.ts'
import type { CompletionSources } from './complete-words.ts'

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
    provisioners: async () => {
      try {
        const home = await resolveHome(base, undefined, async () => undefined)
        return (
          provisionersOfFile(join(home.folder, 'config', 'ca.json')) ??
          (await provisionersOfCa(
            {
              root: join(home.folder, 'certs', 'root_ca.crt'),
              ...loadFlagDefaults(home, undefined, () => undefined),
            },
            environment,
          ))
        )
      } catch {
        return []
      }
    },
  }
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
  defaults: Readonly<Record<string, unknown>>,
  environment: Io['environment'],
): Promise<readonly string[]> {
  const { 'ca-url': url, root } = defaults
  if (typeof url !== 'string' || typeof root !== 'string') return []
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
