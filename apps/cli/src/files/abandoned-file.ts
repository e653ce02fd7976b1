import { rmSync } from 'node:fs'
import { exitOnStopSignals } from '../stop-signals.ts'

/** Removes a file, if it is there, when the process is stopped by a signal or ends otherwise before this is disposed of. */
export function unlinkIfStopped(path: string): Disposable {
  const unlink = () => {
    rmSync(path, { force: true })
  }
  process.once('exit', unlink)
  const guard = exitOnStopSignals()
  return {
    [Symbol.dispose]: () => {
      process.off('exit', unlink)
      guard[Symbol.dispose]()
    },
  }
}
