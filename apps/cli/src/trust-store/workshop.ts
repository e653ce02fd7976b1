import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { encodeCertificatePem } from '@mayfly/x509-profiles'
import { reasonOf } from '../files/system-error.ts'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import type { TrustAnchor } from './trust-anchor.ts'

/** What trust stores are worked on with. */
export interface Workshop {
  /** The folder that counts as `/`. */
  readonly root: string
  readonly environment: Io['environment']
  /** Whether files of the system can be written without sudo. */
  readonly isPrivileged: boolean
  /** Where a program is in `PATH`. */
  findProgram(name: string): string | undefined
  /**
   * Runs a program; what it prints goes to standard error.
   *
   * @throws {CommandError} `child_failed` when it fails.
   */
  run(program: string, words: readonly string[]): Promise<void>
  /** As {@link run}, by sudo where that is needed and there. */
  runPrivileged(program: string, words: readonly string[]): Promise<void>
}

/** Makes the workshop of a command; tests bring a root folder of their own. */
export function createWorkshop(
  io: Io,
  {
    root = '/',
    isPrivileged = process.getuid?.() === 0,
  }: { readonly root?: string; readonly isPrivileged?: boolean } = {},
): Workshop {
  const findProgram = (name: string) =>
    (io.environment.PATH ?? '')
      .split(delimiter)
      .filter((folder) => folder !== '')
      .map((folder) => join(folder, name))
      .find((path) => existsSync(path))
  const run = async (program: string, words: readonly string[]) => {
    const status = await execute(io, program, words)
    if (status === 0) return
    throw failed([program, ...words], `exit status ${status}`)
  }
  return {
    root,
    environment: io.environment,
    isPrivileged,
    findProgram,
    run,
    runPrivileged: async (program, words) => {
      const sudo = isPrivileged ? undefined : findProgram('sudo')
      if (sudo === undefined) await run(program, words)
      else await run(sudo, ['--', program, ...words])
    },
  }
}

/** Has `use` work with a file that holds nothing but the root, and removes the file. */
export async function withAnchorFile<T>(
  { certificate }: TrustAnchor,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-root-'))
  try {
    const path = join(folder, 'root.pem')
    await writeFile(path, encodeCertificatePem(certificate), { mode: 0o644 })
    return await use(path)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function execute(io: Io, program: string, words: readonly string[]): Promise<number> {
  try {
    return await io.execute(program, words, { outputTo: 'stderr' })
  } catch (cause) {
    throw failed([program, ...words], reasonOf(cause), cause)
  }
}

function failed(words: readonly string[], reason: string, cause?: unknown): CommandError {
  const message = `failed to execute "${words.join(' ')}" failed with: ${reason}`
  return new CommandError('child_failed', message, { cause })
}
