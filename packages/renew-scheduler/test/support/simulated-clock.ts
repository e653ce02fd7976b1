import type { Clock } from '@mayfly/renew-scheduler'

/**
 * A clock that stands still while anyone works, and leaps to the next end of a wait when all wait. The clock on the wall may
 * jump meanwhile; waits take no notice.
 */
export interface SimulatedClock extends Clock {
  /** Milliseconds since the start, whatever the wall clock says. */
  readonly elapsed: number
  /** Starts what waits by this clock and by nothing else that is slow. */
  spawn(work: () => Promise<void>): Promise<void>
  /** Lets all work until so many milliseconds after the start. */
  runUntil(elapsed: number): Promise<void>
  jump(milliseconds: number): void
}

interface Wait {
  readonly at: number
  readonly end: () => void
}

export function createSimulatedClock(start: Date): SimulatedClock {
  const waits = createHeap()
  let elapsed = 0
  let offset = 0
  let working = 0
  let onIdle: (() => void) | undefined

  function change(by: 1 | -1): void {
    working += by
    if (working === 0) onIdle?.()
  }

  async function untilIdle(): Promise<void> {
    if (working > 0) await new Promise<void>((resolve) => (onIdle = resolve))
    onIdle = undefined
  }

  return {
    get elapsed() {
      return elapsed
    },
    now: () => new Date(start.getTime() + elapsed + offset),
    wait(milliseconds, signal) {
      return new Promise((resolve) => {
        let isOver = signal.aborted
        if (isOver) return resolve()
        function end() {
          if (isOver) return
          isOver = true
          signal.removeEventListener('abort', end)
          change(1)
          resolve()
        }
        signal.addEventListener('abort', end)
        waits.push({ at: elapsed + Math.max(0, milliseconds), end })
        change(-1)
      })
    },
    async spawn(work) {
      change(1)
      try {
        await work()
      } finally {
        change(-1)
      }
    },
    async runUntil(until) {
      await untilIdle()
      for (let next = waits.peek(); next !== undefined && next.at <= until; next = waits.peek()) {
        elapsed = next.at
        // Those of one moment work side by side.
        for (; next?.at === elapsed; next = waits.peek()) waits.pop()?.end()
        await untilIdle()
      }
      elapsed = until
    },
    jump(milliseconds) {
      offset += milliseconds
    },
  }
}

/** A binary heap, the earliest wait on top. */
function createHeap() {
  const heap: Wait[] = []
  function at(index: number): number {
    return heap[index]?.at ?? Number.POSITIVE_INFINITY
  }
  function swap(one: number, other: number): void {
    const [a, b] = [heap[one], heap[other]]
    if (a === undefined || b === undefined) return
    heap[one] = b
    heap[other] = a
  }
  return {
    peek: () => heap[0],
    push(wait: Wait) {
      let index = heap.push(wait) - 1
      for (
        let parent = (index - 1) >> 1;
        index > 0 && at(parent) > at(index);
        parent = (index - 1) >> 1
      ) {
        swap(index, parent)
        index = parent
      }
    },
    pop(): Wait | undefined {
      const top = heap[0]
      const last = heap.pop()
      if (last === undefined || heap.length === 0) return top
      heap[0] = last
      for (let index = 0; ; ) {
        const child = at(2 * index + 2) < at(2 * index + 1) ? 2 * index + 2 : 2 * index + 1
        if (at(child) >= at(index)) return top
        swap(index, child)
        index = child
      }
    },
  }
}
