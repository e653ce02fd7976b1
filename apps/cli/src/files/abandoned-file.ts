import { rmSync } from 'node:fs'
import { constants } from 'node:os'

/** Removes a file, if it is there, when the process is stopped by a signal or ends otherwise before this is disposed of. */
export function unlinkIfStopped(path: string): Disposable {
  const unlink = () => {
    rmSync(path, { force: true })
  }
  process.once('exit', unlink)
  for (const signal of stopSignals) process.once(signal, exitBySignal)
  return {
    [Symbol.dispose]: () => {
      process.off('exit', unlink)
      for (const signal of stopSignals) process.off(signal, exitBySignal)
    },
  }
}

/** So that what waits for the end of the process runs. */
function exitBySignal(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal])
}

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
