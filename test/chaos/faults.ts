import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import type { DatabaseKind } from '../support/test-database.ts'
import type { FaultProxy } from './fault-proxy.ts'
import type { Instance } from './instance.ts'
import type { PrivateServer } from './private-server.ts'
import type { RandomSource } from './random-source.ts'

/** What faults can be done to. */
export interface Scene {
  readonly instances: readonly SceneInstance[]
  readonly random: RandomSource
  /** How long a fault lasts at most. */
  readonly longestMilliseconds: number
  readonly disrupt: (instances: readonly string[]) => () => void
  readonly endSessions: () => Promise<number>
  /** The file of an embedded database. */
  readonly file: string
  /** A database server of the test's own. */
  readonly server: PrivateServer | undefined
}

export interface SceneInstance extends Instance {
  /** Absent where the database is a file. */
  readonly proxy: FaultProxy | undefined
}

/** A way in which something fails, from its beginning to its end. */
export interface Fault {
  readonly name: string
  readonly on: readonly DatabaseKind[]
  /** What no other fault may touch meanwhile: the instance that is handed in, or all of them. */
  readonly occupies: 'one' | 'all' | 'none'
  run(scene: Scene, instance: SceneInstance): Promise<void>
}

const all: readonly DatabaseKind[] = ['sqlite', 'mysql', 'postgresql']
const servers: readonly DatabaseKind[] = ['mysql', 'postgresql']

export const faults: readonly Fault[] = [
  {
    name: 'kill -9',
    on: all,
    occupies: 'one',
    run: (scene, instance) =>
      whileDisrupted(scene, [instance], async () => {
        await instance.stop('SIGKILL')
        await lapse(scene, 500)
        await instance.start()
      }),
  },
  {
    name: 'SIGTERM',
    on: all,
    occupies: 'one',
    run: (scene, instance) =>
      whileDisrupted(scene, [instance], async () => {
        const ended = await instance.stop('SIGTERM')
        if (ended !== 0) throw new Error(`SIGTERM ended ${instance.name} with ${ended}`)
        await instance.start()
      }),
  },
  {
    name: 'pause',
    on: all,
    occupies: 'one',
    run: (scene, instance) =>
      whileDisrupted(scene, [instance], async () => {
        instance.pause()
        await lapse(scene)
        instance.resume()
      }),
  },
  {
    name: 'pause all but one',
    on: all,
    occupies: 'all',
    run: (scene, running) => {
      const others = scene.instances.filter((instance) => instance !== running)
      return whileDisrupted(scene, others, async () => {
        for (const instance of others) instance.pause()
        await lapse(scene)
        for (const instance of others) instance.resume()
      })
    },
  },
  {
    name: 'connections cut',
    on: servers,
    occupies: 'one',
    run: (scene, instance) => whileDisrupted(scene, [instance], async () => instance.proxy?.cut()),
  },
  {
    name: 'database unreachable',
    on: servers,
    occupies: 'one',
    run: (scene, instance) => whileProxy(scene, instance, (proxy) => proxy.refuse()),
  },
  {
    name: 'database silent',
    on: servers,
    occupies: 'one',
    run: (scene, instance) => whileProxy(scene, instance, (proxy) => proxy.stall()),
  },
  {
    name: 'database slow',
    on: servers,
    occupies: 'one',
    run: (scene, instance) =>
      whileProxy(scene, instance, (proxy) => proxy.delay(scene.random.between(20, 200))),
  },
  {
    name: 'answers to commits lost',
    on: servers,
    occupies: 'one',
    run: (scene, instance) => untilLost(scene, instance, (proxy) => proxy.loseAnswers()),
  },
  {
    name: 'commits lost',
    on: servers,
    occupies: 'one',
    run: (scene, instance) => untilLost(scene, instance, (proxy) => proxy.loseCommits()),
  },
  {
    name: 'sessions killed',
    on: servers,
    occupies: 'none',
    run: (scene) =>
      whileDisrupted(scene, scene.instances, async () => {
        // A server that has just died has none.
        await scene.endSessions().catch(() => undefined)
      }),
  },
  {
    name: 'database locked by another process',
    on: ['sqlite'],
    occupies: 'none',
    run: (scene) =>
      whileDisrupted(scene, scene.instances, async () => {
        using database = new DatabaseSync(scene.file)
        if (!(await canLock(database, scene))) return
        await lapse(scene)
        database.exec('rollback')
      }),
  },
]

/** The whole database server dies and comes back: for a server of the test's own. */
export const serverFault: Fault = {
  name: 'database server killed',
  on: servers,
  occupies: 'all',
  run: (scene) => whileDisrupted(scene, scene.instances, async () => scene.server?.restart()),
}

async function whileDisrupted(
  { disrupt }: Scene,
  instances: readonly Instance[],
  work: () => Promise<unknown>,
): Promise<void> {
  const end = disrupt(instances.map(({ name }) => name))
  try {
    await work()
  } finally {
    end()
  }
}

function whileProxy(
  scene: Scene,
  instance: SceneInstance,
  spoil: (proxy: FaultProxy) => void,
): Promise<void> {
  return whileDisrupted(scene, [instance], async () => {
    const { proxy } = instance
    if (proxy === undefined) return
    spoil(proxy)
    await lapse(scene)
    proxy.restore()
  })
}

/** A few are lost; where no client commits, the fault has had its chance. */
async function untilLost(
  scene: Scene,
  instance: SceneInstance,
  arm: (proxy: FaultProxy) => void,
): Promise<void> {
  await whileDisrupted(scene, [instance], async () => {
    const { proxy } = instance
    if (proxy === undefined) return
    const before = proxy.lost
    arm(proxy)
    const deadline = AbortSignal.timeout(scene.longestMilliseconds)
    while (proxy.lost < before + commitsLost && !deadline.aborted) await setTimeout(5)
    proxy.restore()
  })
}

/** One that is paused may hold the lock itself. Nothing else of this process waits meanwhile. */
async function canLock(database: DatabaseSync, scene: Scene): Promise<boolean> {
  const deadline = AbortSignal.timeout(scene.longestMilliseconds)
  while (!deadline.aborted) {
    try {
      database.exec('begin immediate')
      return true
    } catch {
      await setTimeout(5)
    }
  }
  return false
}

const commitsLost = 4

async function lapse(
  { random, longestMilliseconds }: Scene,
  longest = longestMilliseconds,
): Promise<void> {
  await setTimeout(random.between(0.1, 1) * longest)
}
