import { setTimeout } from 'node:timers/promises'
import type { Instance } from './instance.ts'
import type { Recorder } from './recorder.ts'

/** Asks every instance again and again which revision of the configuration is in force, until it is ended. */
export function startObservers(
  instances: readonly Instance[],
  recorder: Recorder,
): { end(): Promise<void> } {
  let isEnding = false
  const loops = instances.map(async (instance) => {
    while (!isEnding) {
      const { given: revision, span } = await recorder.time(() => findRevision(instance))
      if (revision !== undefined) {
        recorder.add(() => ({ kind: 'observe', ...span, instance: instance.name, revision }))
      }
      await setTimeout(restMilliseconds)
    }
  })
  return {
    end: async () => {
      isEnding = true
      await Promise.all(loops)
    },
  }
}

async function findRevision(instance: Instance): Promise<number | undefined> {
  try {
    const { json } = await instance.call('/health?verbose=1', {})
    return (json as Health).configuration?.revision
  } catch {
    return undefined
  }
}

interface Health {
  readonly configuration?: { readonly revision?: number }
}

const restMilliseconds = 200
