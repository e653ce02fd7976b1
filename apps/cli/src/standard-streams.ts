import type { Writable } from 'node:stream'
import { reasonOf } from './files/system-error.ts'

/** Results that cannot be written end the process: as SIGPIPE would where nobody reads any more, else with status 1. */
export function endOnFailure<T extends Writable>(stream: T): T {
  if (stream.listenerCount('error', endProcess) === 0) stream.on('error', endProcess)
  return stream
}

/** Words for people that cannot be written are lost, and what is being done goes on. */
export function ignoreFailure<T extends Writable>(stream: T): T {
  if (stream.listenerCount('error', ignore) === 0) stream.on('error', ignore)
  return stream
}

/** Undoes {@link endOnFailure} for a process that is to outlive its readers: from now on failures are ignored. */
export function outliveFailure<T extends Writable>(stream: T): T {
  stream.off('error', endProcess)
  return ignoreFailure(stream)
}

function endProcess(error: Error): void {
  if ('code' in error && error.code === 'EPIPE') process.exit(128 + 13)
  process.stderr.write(`write /dev/stdout: ${reasonOf(error)}\n`)
  process.exit(1)
}

function ignore(): void {
  // There is nowhere left to tell of it.
}
