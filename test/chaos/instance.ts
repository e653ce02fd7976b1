import { Agent } from 'node:https'
import type { AuthorityFolder } from '../../apps/ca-server/test/support/authority-folder.ts'
import {
  type ChildServer,
  startChildServer,
} from '../../apps/ca-server/test/support/child-server.ts'
import {
  type Answer,
  type CallOptions,
  call,
} from '../../apps/ca-server/test/support/http-client.ts'

/** One `mayfly-ca` that is killed, paused and started again. */
export interface Instance extends AsyncDisposable {
  readonly name: string
  /** Starts it, as often as it takes. */
  start(): Promise<void>
  /** Ends the process; it stays away until it is started. */
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string | null>
  pause(): void
  resume(): void
  /** @throws {Error} when the connection is lost or no answer comes in time. */
  call(path: string, options: CallRequest): Promise<Answer>
  /** What the log says why a request was refused, once the process has ended or written its line. */
  findReason(requestId: string): string | undefined
  /** How often it had to be started again because it ended by itself while it started. */
  readonly failedStarts: readonly string[]
}

export type CallRequest = Omit<CallOptions, 'port' | 'rootPem'>

/** Makes an instance of a folder's authority; {@link Instance.start} starts it. */
export function createInstance(name: string, folder: AuthorityFolder): Instance {
  const reasons = new Map<string, string>()
  const failedStarts: string[] = []
  let server: ChildServer | undefined
  let agent = new Agent({ keepAlive: true })

  /** Lines about refused requests; the log of all others is let go. */
  function noteReasons({ child }: ChildServer): void {
    let rest = ''
    child.stderr?.on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (!line.includes('"error":')) continue
        const refused: LogLine = JSON.parse(line)
        reasons.set(refused['request-id'], refused.error)
      }
    })
  }

  async function stop(signal: 'SIGKILL' | 'SIGTERM') {
    const stopped = await server?.stop(signal)
    agent.destroy()
    server = undefined
    return stopped ?? null
  }

  return {
    name,
    failedStarts,
    start: async () => {
      for (let attempt = 1; server === undefined; attempt += 1) {
        try {
          server = await startChildServer(folder)
        } catch (error) {
          failedStarts.push(String(error))
          if (attempt === mostAttempts) throw error
        }
      }
      agent = new Agent({ keepAlive: true })
      noteReasons(server)
    },
    stop,
    pause: () => server?.child.kill('SIGSTOP'),
    resume: () => server?.child.kill('SIGCONT'),
    call: async (path, options) => {
      if (server === undefined) throw new Error(`${name} is not running`)
      const { port } = server
      return call(path, {
        agent,
        signal: AbortSignal.timeout(patienceMilliseconds),
        ...options,
        port,
        rootPem: folder.rootPem,
      })
    },
    findReason: (requestId) => reasons.get(requestId),
    [Symbol.asyncDispose]: async () => {
      server?.child.kill('SIGCONT')
      await stop('SIGKILL')
    },
  }
}

interface LogLine {
  readonly error: string
  readonly 'request-id': string
}

const mostAttempts = 5
const patienceMilliseconds = 5_000
