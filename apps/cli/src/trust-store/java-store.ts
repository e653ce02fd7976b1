import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError } from '../framework/errors.ts'
import type { TrustAnchor } from './trust-anchor.ts'
import type { TrustStore } from './trust-store.ts'
import { type Workshop, withAnchorFile } from './workshop.ts'

/**
 * Finds Java's own trust store, by the `keytool` of `JAVA_HOME`, else of `PATH` (Java 9 or later).
 *
 * @throws {CommandError} `trust_store_unfit` where there is none.
 */
export function findJavaStore(workshop: Workshop): TrustStore {
  const keytool = findKeytool(workshop)
  const store = (anchor: TrustAnchor) => ['-cacerts', ...password, '-alias', anchor.name]
  return {
    install: (anchor) =>
      withAnchorFile(anchor, (file) =>
        workshop.runPrivileged(keytool, [
          '-importcert',
          '-noprompt',
          ...store(anchor),
          '-file',
          file,
        ]),
      ),
    uninstall: (anchor) => workshop.runPrivileged(keytool, ['-delete', ...store(anchor)]),
  }
}

function findKeytool({ environment, findProgram }: Workshop): string {
  const home = environment.JAVA_HOME
  const ofHome = home === undefined || home === '' ? undefined : join(home, 'bin', 'keytool')
  const keytool = ofHome !== undefined && existsSync(ofHome) ? ofHome : findProgram('keytool')
  if (keytool !== undefined) return keytool
  throw new CommandError('trust_store_unfit', 'keytool was not found', {
    hint: 'set JAVA_HOME to the folder of a Java runtime',
  })
}

/** Java's own, known to everybody; the file is guarded by its permissions. */
const password = ['-storepass', 'changeit'] as const
