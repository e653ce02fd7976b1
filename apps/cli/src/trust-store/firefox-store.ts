import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError } from '../framework/errors.ts'
import type { TrustStore } from './trust-store.ts'
import { type Workshop, withAnchorFile } from './workshop.ts'

/**
 * Finds the trust stores of the user's Firefox profiles.
 *
 * @throws {CommandError} `trust_store_unfit` without a profile, or without `certutil`.
 */
export function findFirefoxStore({ environment, findProgram, run }: Workshop): TrustStore {
  const databases = profileFolders(environment.HOME ?? '').flatMap(databaseOf)
  if (databases.length === 0) {
    throw new CommandError('trust_store_unfit', 'no profile of Firefox was found', {
      hint: 'start Firefox once; it then has a profile',
    })
  }
  const certutil = findProgram('certutil')
  if (certutil === undefined) {
    throw new CommandError('trust_store_unfit', 'certutil was not found', {
      hint: 'it comes with libnss3-tools (Debian) or nss-tools (Fedora)',
    })
  }
  return {
    install: (anchor) =>
      withAnchorFile(anchor, async (file) => {
        for (const database of databases) {
          await run(certutil, ['-A', '-d', database, '-t', 'C,,', '-n', anchor.name, '-i', file])
        }
      }),
    uninstall: async (anchor) => {
      for (const database of databases) {
        await run(certutil, ['-D', '-d', database, '-n', anchor.name])
      }
    },
  }
}

function profileFolders(home: string): readonly string[] {
  return places
    .map((place) => join(home, place))
    .filter((place) => existsSync(place))
    .flatMap((place) => readdirSync(place).map((name) => join(place, name)))
}

/** The database of a profile as certutil names it; the older form only where there is no newer one. */
function databaseOf(profile: string): readonly string[] {
  if (existsSync(join(profile, 'cert9.db'))) return [`sql:${profile}`]
  return existsSync(join(profile, 'cert8.db')) ? [`dbm:${profile}`] : []
}

const places = ['.mozilla/firefox', 'snap/firefox/common/.mozilla/firefox'] as const
