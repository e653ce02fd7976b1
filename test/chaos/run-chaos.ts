import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  type AuthorityFolder,
  createAuthorityFolder,
  provisionerName,
} from '../../apps/ca-server/test/support/authority-folder.ts'
import { nameDatabaseAt, nameTestDatabase, type TestDatabase } from '../support/test-database.ts'
import { shareConfiguration, startAdministrators } from './administrators.ts'
import { startClients } from './clients.ts'
import { startFaultProxy } from './fault-proxy.ts'
import { type FaultPlan, runFaults } from './fault-streams.ts'
import type { Scene, SceneInstance } from './faults.ts'
import { readFinalState } from './final-state.ts'
import type { History, Violation } from './history.ts'
import { checkHistory } from './history-checker.ts'
import { createInstance } from './instance.ts'
import { startObservers } from './observers.ts'
import { watchOverload } from './overload.ts'
import { startPrivateServer } from './private-server.ts'
import { createRandomSource } from './random-source.ts'
import { createRecorder } from './recorder.ts'

export interface ChaosOptions extends FaultPlan {
  readonly seed: number
  /** How long a fault lasts at most. */
  readonly longestMilliseconds: number
  /** Whether the database server is one of the test's own, that dies as well. */
  readonly withServer: boolean
}

export interface ChaosFigures {
  readonly violations: readonly Violation[]
  /** What they were found in. */
  readonly history: History
  /** The names of the faults. */
  readonly faults: readonly string[]
  /** `sign ok`, `renew unknown` and so on. */
  readonly answers: readonly string[]
  readonly seconds: number
  /** How long after the last fault every instance was ready again. */
  readonly recoveredIn: number
  /** Commits, and answers to them. */
  readonly commitsLost: number
  /** How often the machine itself was late. */
  readonly timesLate: number
}

/** Lets clients work with three instances while things fail, and judges what they saw. */
export async function runChaos(options: ChaosOptions): Promise<ChaosFigures> {
  await using stack = new AsyncDisposableStack()
  const now = () => performance.now()
  const random = createRandomSource(options.seed)
  const recorder = createRecorder(now)
  const home = await mkdtemp(join(tmpdir(), 'mayfly-chaos-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const file = join(home, 'mayfly.sqlite')
  const { kind } = options
  const server = options.withServer ? await startPrivateServer(kind) : undefined
  if (server !== undefined) stack.use(server)
  const database = stack.use(
    server === undefined || kind === 'sqlite'
      ? nameTestDatabase(kind, file)
      : nameDatabaseAt(kind, server.port),
  )
  const folder = await createAuthorityFolder()
  stack.defer(() => folder.dispose())
  await folder.rewrite((document) => {
    document.db = database.block()
  })
  await shareConfiguration(folder.configurationPath)
  const instances: SceneInstance[] = []
  for (const name of ['ca-1', 'ca-2', 'ca-3']) {
    instances.push(await placeInstance(stack, { name, folder, database }))
  }
  await Promise.all(instances.map((instance) => instance.start()))

  const names: string[] = []
  const clients = startClients({
    folder,
    instances,
    provisioners: names,
    random: createRandomSource(options.seed + 1),
    recorder,
    count: 6,
  })
  const administrators = await startAdministrators({
    configurationPath: folder.configurationPath,
    random: createRandomSource(options.seed + 2),
    recorder,
    count: 2,
    names,
    onRemoved: clients.askAll,
  })
  const observers = startObservers(instances, recorder)
  const overload = watchOverload(instances, recorder, now)
  const scene: Scene = {
    instances,
    random,
    longestMilliseconds: options.longestMilliseconds,
    disrupt: recorder.disrupt,
    endSessions: database.endSessions,
    file,
    server,
  }
  const began = now()
  const done = await runFaults(scene, options)
  const recovered = now()
  await untilReady(instances)
  const recoveredIn = Math.round(now() - recovered)
  await Promise.all([administrators.end(), clients.end(), observers.end()])
  overload.end()
  await Promise.all(instances.map((instance) => instance.stop('SIGTERM')))

  const { operations, disruptions } = recorder.close()
  const history: History = {
    provisioners: [provisionerName],
    operations,
    disruptions,
    final: await readFinalState(database),
    followMilliseconds: 1000,
  }
  const answers = operations.flatMap((operation) =>
    operation.kind === 'observe' ? ['observe'] : [`${operation.kind} ${wordOf(operation.answer)}`],
  )
  const seconds = Math.round((now() - began) / 1000)
  return {
    violations: checkHistory(history),
    history,
    faults: done,
    answers,
    seconds,
    recoveredIn,
    commitsLost: instances.reduce((sum, { proxy }) => sum + (proxy?.lost ?? 0), 0),
    timesLate: overload.times,
  }
}

function wordOf(answer: { readonly status: string; readonly reason?: string }): string {
  return answer.reason ?? answer.status
}

async function placeInstance(
  stack: AsyncDisposableStack,
  {
    name,
    folder,
    database,
  }: {
    readonly name: string
    readonly folder: AuthorityFolder
    readonly database: TestDatabase
  },
): Promise<SceneInstance> {
  const { address } = database
  const proxy = address && stack.use(await startFaultProxy(address))
  const own = await folder.copy()
  stack.defer(() => own.dispose())
  await own.rewrite((document) => {
    document.db = database.block(proxy?.port)
  })
  const instance = stack.use(createInstance(name, own))
  return Object.assign(instance, { proxy })
}

/** Nobody is restarted: service returns by itself. */
async function untilReady(instances: readonly SceneInstance[]): Promise<void> {
  const deadline = AbortSignal.timeout(30_000)
  for (const instance of instances) {
    while (!(await isReady(instance))) {
      if (deadline.aborted) throw new Error(`${instance.name} did not come back`)
      await setTimeout(20)
    }
  }
}

async function isReady(instance: SceneInstance): Promise<boolean> {
  try {
    return (await instance.call('/health', {})).status === 200
  } catch {
    return false
  }
}
