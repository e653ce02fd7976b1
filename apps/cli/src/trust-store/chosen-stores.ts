import { CommandError } from '../framework/errors.ts'
import { findFirefoxStore } from './firefox-store.ts'
import { findJavaStore } from './java-store.ts'
import { findSystemStore } from './system-store.ts'
import type { TrustStore } from './trust-store.ts'
import type { Workshop } from './workshop.ts'

/** The flags that choose trust stores. */
export const trustStoreFlags = {
  prefix: {
    type: 'text',
    value: 'name',
    help: 'What the name of the root in the stores begins with; its common name if left out.',
  },
  java: { type: 'boolean', help: "Java's trust store, too." },
  firefox: { type: 'boolean', help: "The trust stores of the user's Firefox profiles, too." },
  'no-system': { type: 'boolean', help: "Not the system's trust store." },
  all: { type: 'boolean', help: "Java's, Firefox's and the system's trust stores." },
} as const

/**
 * Finds all stores that are chosen, before any is changed.
 *
 * @throws {CommandError} `trust_store_unfit`; `flag_missing` when none is chosen.
 */
export function findChosenStores(
  workshop: Workshop,
  flags: {
    readonly java: boolean
    readonly firefox: boolean
    readonly 'no-system': boolean
    readonly all: boolean
  },
): readonly TrustStore[] {
  const stores = [
    ...(flags['no-system'] ? [] : [findSystemStore(workshop)]),
    ...(flags.all || flags.firefox ? [findFirefoxStore(workshop)] : []),
    ...(flags.all || flags.java ? [findJavaStore(workshop)] : []),
  ]
  if (stores.length > 0) return stores
  throw new CommandError(
    'flag_missing',
    "flag '--no-system' requires the '--java', '--firefox' or '--all' flag",
  )
}
