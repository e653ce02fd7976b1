import type { Io } from '../io.ts'
import { findSystemStore } from './system-store.ts'
import { loadTrustAnchor } from './trust-anchor.ts'
import { createWorkshop, type Workshop } from './workshop.ts'

/** Puts a root into the trust store of the system; found before anything else is done. */
export interface RootInstaller {
  /**
   * Installs the root of a file, and says so.
   *
   * @throws {CommandError} `file_unreadable`, `certificate_unfit`, `child_failed`, `file_unwritable`
   */
  install(path: string): Promise<void>
}

/** @throws {CommandError} `trust_store_unfit` where the system has no trust store. */
export function findRootInstaller(io: Io, workshop: Workshop = createWorkshop(io)): RootInstaller {
  const store = findSystemStore(workshop)
  return {
    install: async (path) => {
      io.stderr.write('Installing the root certificate in the system truststore... ')
      try {
        await store.install(await loadTrustAnchor(io, path, undefined))
      } catch (error) {
        io.stderr.write('\n')
        throw error
      }
      io.stderr.write('done.\n')
    },
  }
}
