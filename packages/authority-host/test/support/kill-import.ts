import { fork } from 'node:child_process'
import { once } from 'node:events'

/** Imports in a process of its own, which kills itself after so many steps; returns the signal that ended it. */
export async function killImport(configurationPath: string, steps: number): Promise<string> {
  const child = fork(new URL('importing-child.ts', import.meta.url), [
    configurationPath,
    String(steps),
  ])
  const [, signal] = await once(child, 'exit')
  return String(signal)
}
