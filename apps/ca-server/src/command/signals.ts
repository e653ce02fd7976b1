import type { SignalName, SignalSource } from './io.ts'

/** What an operator asks of the running process. */
type Order = 'reload' | 'stop'

/** Orders in the order they came. */
export interface Orders {
  /** The next order. */
  next(): Promise<Order>
  /** Orders a reload, as SIGHUP does. */
  reload(): void
  /** Resolves at the first, or the second, order to stop. */
  readonly stopped: { readonly once: Promise<void>; readonly twice: Promise<void> }
  close(): void
}

/** Listens for signals from now on, so that none that comes during the start is lost. */
export function listenForSignals(source: SignalSource): Orders {
  const waiting: Order[] = []
  const once = Promise.withResolvers<void>()
  const twice = Promise.withResolvers<void>()
  let stops = 0
  let wake: (() => void) | undefined
  const give = (order: Order): void => {
    if (order === 'stop') {
      stops += 1
      if (stops === 1) once.resolve()
      else twice.resolve()
    }
    waiting.push(order)
    wake?.()
  }
  const listeners: readonly (readonly [SignalName, () => void])[] = [
    ['SIGHUP', () => give('reload')],
    ['SIGTERM', () => give('stop')],
    ['SIGINT', () => give('stop')],
  ]
  for (const [signal, listener] of listeners) source.on(signal, listener)
  return {
    next: async () => {
      for (;;) {
        const order = waiting.shift()
        if (order !== undefined) return order
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    reload: () => give('reload'),
    stopped: { once: once.promise, twice: twice.promise },
    close: () => {
      for (const [signal, listener] of listeners) source.off(signal, listener)
    },
  }
}
