import { isMissing, reasonOf } from '../files/system-error.ts'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'

/** Who is told of a new certificate, and how. */
export interface Announcement {
  /** The process to signal. */
  readonly pid: number | undefined
  readonly signal: number
  /** The command to run. */
  readonly exec: string | undefined
}

/**
 * Tells those who use the certificate: sends the signal, then runs the command, which is ended soon after `stop` is aborted.
 *
 * @throws {CommandError} `child_failed`; a command that ran and failed gives its own exit status.
 */
export async function announceRenewal(
  io: Io,
  { pid, signal, exec }: Announcement,
  stop?: AbortSignal,
): Promise<void> {
  if (pid !== undefined) sendSignal(io, pid, signal)
  if (exec !== undefined) await runCommand(io, exec, stop)
}

function sendSignal(io: Io, pid: number, signal: number): void {
  try {
    io.sendSignal(pid, signal)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    const reason =
      code === 'ESRCH'
        ? 'no such process'
        : code === 'EPERM'
          ? 'operation not permitted'
          : String(cause)
    throw new CommandError('child_failed', `kill ${pid} with signal ${signal} failed: ${reason}`, {
      cause,
    })
  }
}

async function runCommand(io: Io, line: string, stop: AbortSignal | undefined): Promise<void> {
  const [program = '', ...words] = line.split(' ')
  let status: number
  try {
    status = await io.execute(program, words, { stop })
  } catch (cause) {
    const reason = isMissing(cause) ? 'executable file not found in $PATH' : reasonOf(cause)
    throw new CommandError('child_failed', `exec: "${program}": ${reason}`, { cause })
  }
  if (status !== 0) {
    throw new CommandError('child_failed', `exit status ${status}`, {
      exitCode: status,
      hint: `the certificate is renewed; '${line}' failed`,
    })
  }
}
