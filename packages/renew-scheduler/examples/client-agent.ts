import { readFile } from 'node:fs/promises'
import { Agent as HttpsAgent } from 'node:https'
import { type KeptRenewed, keepRenewed, type TlsIdentity } from '@mayfly/renew-scheduler'
import { Agent } from 'undici'

/** Where the files are, and the CA that renews them. */
export interface ClientOptions {
  readonly certificate: string
  readonly key: string
  readonly ca: { readonly url: string; readonly root: string }
}

/** Agents that show the certificate of the day. Ask for them anew with each request. */
export interface Agents {
  /** For `fetch(url, { dispatcher })` and `request` of undici. */
  readonly dispatcher: Agent
  /** For `https.request(url, { agent })`. */
  readonly agent: HttpsAgent
  readonly kept: KeptRenewed
}

export async function createAgents(options: ClientOptions): Promise<Agents> {
  const trusted = await readFile(options.ca.root, 'utf8')
  const kept = await keepRenewed({ ...options, onRenewed: swap })
  let dispatcher = createDispatcher(kept.current)
  let agent = createAgent(kept.current)

  function createDispatcher({ cert, key }: TlsIdentity): Agent {
    return new Agent({ connect: { cert, key, ca: trusted } })
  }

  function createAgent({ cert, key }: TlsIdentity): HttpsAgent {
    return new HttpsAgent({ cert, key, ca: trusted, keepAlive: true })
  }

  /** Requests under way are finished on the old agents, whose idle connections then close. */
  function swap(identity: TlsIdentity): void {
    const old = { dispatcher, agent }
    dispatcher = createDispatcher(identity)
    agent = createAgent(identity)
    void old.dispatcher.close()
    closeWhenIdle(old.agent)
  }

  return {
    get dispatcher() {
      return dispatcher
    },
    get agent() {
      return agent
    },
    kept,
  }
}

/** `destroy` would cut requests short: only what no request uses is closed, now and as it comes free. */
function closeWhenIdle(agent: HttpsAgent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy()
  }
  agent.on('free', (socket) => socket.destroy())
}
