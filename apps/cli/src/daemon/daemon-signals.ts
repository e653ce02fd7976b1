/** What a daemon does when it is told to. */
export interface DaemonSignals extends Disposable {
  /** Aborted by SIGTERM and SIGINT. */
  readonly stop: AbortSignal
}

/** Takes the signals of this process until disposed of: SIGHUP calls `onHangUp`, SIGTERM and SIGINT abort `stop`. */
export function receiveDaemonSignals(onHangUp: () => void): DaemonSignals {
  const ending = new AbortController()
  const end = () => ending.abort()
  process.on('SIGHUP', onHangUp)
  for (const signal of stopSignals) process.on(signal, end)
  return {
    stop: ending.signal,
    [Symbol.dispose]: () => {
      process.off('SIGHUP', onHangUp)
      for (const signal of stopSignals) process.off(signal, end)
    },
  }
}

const stopSignals = ['SIGINT', 'SIGTERM'] as const
