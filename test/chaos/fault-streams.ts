import { setTimeout } from 'node:timers/promises'
import type { DatabaseKind } from '../support/test-database.ts'
import { type Fault, faults, type Scene, type SceneInstance, serverFault } from './faults.ts'

/** How many faults there are to be, and how thick they come. */
export interface FaultPlan {
  readonly kind: DatabaseKind
  /** It ends when this time has passed and so many faults are done. */
  readonly milliseconds: number
  readonly faults: number
  /** How long it is quiet between two faults of a stream at most. */
  readonly calmMilliseconds: number
  /** How many faults there may be at once. */
  readonly streams: number
}

/**
 * Spoils a scene by one fault after the other in each stream, and returns their names. Each kind of fault comes before any
 * comes again.
 */
export async function runFaults(scene: Scene, plan: FaultPlan): Promise<readonly string[]> {
  const { random } = scene
  const ended = AbortSignal.timeout(Math.max(1, plan.milliseconds))
  const possible = scene.server === undefined ? faults : [...faults, serverFault]
  const fitting = possible.filter(({ on }) => on.includes(plan.kind))
  const done: string[] = []
  const occupied = new Set<SceneInstance>()
  let deck: Fault[] = []

  function findTarget({ occupies }: Fault): SceneInstance | undefined {
    if (occupies === 'all' && occupied.size > 0) return undefined
    const free = scene.instances.filter((instance) => !occupied.has(instance))
    if (occupies === 'none') return random.pick(scene.instances)
    return free.length === 0 ? undefined : random.pick(free)
  }

  async function perform(fault: Fault, target: SceneInstance): Promise<void> {
    const touched = { none: [], one: [target], all: scene.instances }[fault.occupies]
    for (const instance of touched) occupied.add(instance)
    await fault.run(scene, target)
    for (const instance of touched) occupied.delete(instance)
    done.push(fault.name)
  }

  const streams = Array.from({ length: plan.streams }, async () => {
    while (done.length < plan.faults || !ended.aborted) {
      await setTimeout(random.between(0.2, 1) * plan.calmMilliseconds)
      if (deck.length === 0) deck = [...fitting]
      const fault = random.pick(deck)
      const target = findTarget(fault)
      if (target === undefined) continue
      deck = deck.filter((each) => each !== fault)
      await perform(fault, target)
    }
  })
  await Promise.all(streams)
  return done
}
