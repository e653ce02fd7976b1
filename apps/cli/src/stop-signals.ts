import { constants } from 'node:os'

/**
 * Lets the signals that stop a process end it by `process.exit`, until disposed of: so what waits for the end of the
 * process runs, the terminal echoes again, and no core with keys in it is dumped.
 */
export function exitOnStopSignals(): Disposable {
  for (const signal of stopSignals) process.once(signal, exitBySignal)
  return {
    [Symbol.dispose]: () => {
      for (const signal of stopSignals) process.off(signal, exitBySignal)
    },
  }
}

function exitBySignal(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal])
}

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
