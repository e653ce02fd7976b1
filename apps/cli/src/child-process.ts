import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { ExecuteOptions } from './io.ts'

/** Runs a program with our own standard streams; returns its exit status, 128 + n if signal n ended it. */
export function executeProgram(
  program: string,
  words: readonly string[],
  { outputTo, stop }: ExecuteOptions = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      stdio: ['inherit', outputTo === 'stderr' ? 2 : 'inherit', 'inherit'],
    })
    const ending = stop && endWhenStopped(child, stop)
    child.once('error', (error) => {
      ending?.[Symbol.dispose]()
      reject(error)
    })
    child.once('exit', (status, signal) => {
      ending?.[Symbol.dispose]()
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

/** Once `stop` is aborted the child has some time to end by itself, then some to heed SIGTERM. */
function endWhenStopped(child: ChildProcess, stop: AbortSignal): Disposable {
  let timer: NodeJS.Timeout | undefined
  function begin(): void {
    timer = setTimeout(() => {
      child.kill('SIGTERM')
      timer = setTimeout(() => child.kill('SIGKILL'), heedMilliseconds)
    }, patienceMilliseconds)
  }
  if (stop.aborted) begin()
  else stop.addEventListener('abort', begin, { once: true })
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      stop.removeEventListener('abort', begin)
    },
  }
}

// Together less than the ten seconds that a container has to stop.
const patienceMilliseconds = 5000
const heedMilliseconds = 2000
