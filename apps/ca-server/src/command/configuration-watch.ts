import { createHash } from 'node:crypto'
import { watch } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SetTimer } from '../https/serving-certificate.ts'

/** Tells when a `ca.json` holds something that nobody has looked at yet. */
export interface ConfigurationWatch {
  /** Remembers what the file holds now: it is read next, or in force. */
  note(): Promise<void>
  /** Begins to watch, or goes on. */
  start(): Promise<void>
  stop(): void
}

export interface ConfigurationWatchOptions {
  readonly path: string
  /** Called once for each content that differs from the one noted last. */
  readonly onChange: () => void
  readonly setTimer: SetTimer
  /** Calls `listener` when something in a folder changes; returns what ends that. */
  readonly watchFolder?: (folder: string, listener: () => void) => () => void
}

/**
 * Watches a `ca.json` by its folder, since editors replace files by a rename, and by that of the file it links to. What
 * changes within a moment is looked at once. The content is also compared now and then, for file systems that tell
 * nothing.
 */
export function createConfigurationWatch({
  path,
  onChange,
  setTimer,
  watchFolder = watchFolderOnDisk,
}: ConfigurationWatchOptions): ConfigurationWatch {
  let known: string | undefined
  let endings: readonly (() => void)[] | undefined
  let cancelLook = (): void => undefined

  async function look(): Promise<void> {
    const content = await digestOf(path)
    if (endings === undefined || content === undefined || content === known) return
    known = content
    onChange()
  }

  function lookSoon(): void {
    cancelLook()
    cancelLook = setTimer(() => void look(), settlingMilliseconds)
  }

  function poll(): () => void {
    let cancel = setTimer(again, pollMilliseconds)
    function again(): void {
      void look()
      cancel = setTimer(again, pollMilliseconds)
    }
    return () => cancel()
  }

  return {
    note: async () => {
      known = await digestOf(path)
    },
    start: async () => {
      if (endings !== undefined) return
      const begun = [poll()]
      endings = begun
      const real = await realpath(path).catch(() => path)
      // Stopped meanwhile.
      if (endings !== begun) return
      const folders = new Set([dirname(path), dirname(real)])
      endings = [...begun, ...[...folders].map((folder) => watchFolder(folder, lookSoon))]
      await look()
    },
    stop: () => {
      cancelLook()
      for (const end of endings ?? []) end()
      endings = undefined
    },
  }
}

/**
 * `undefined` where there is nothing to read: an editor that writes in place empties the file first, and what a pipe holds
 * is there for one reader only.
 */
async function digestOf(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return undefined
    const content = await readFile(path)
    return content.length === 0 ? undefined : createHash('sha256').update(content).digest('hex')
  } catch {
    return undefined
  }
}

/** Where that cannot be done, the comparison now and then is what is left. */
function watchFolderOnDisk(folder: string, listener: () => void): () => void {
  try {
    const watcher = watch(folder, { persistent: false }, listener)
    watcher.on('error', () => watcher.close())
    return () => watcher.close()
  } catch {
    return () => undefined
  }
}

const settlingMilliseconds = 200
const pollMilliseconds = 10_000
