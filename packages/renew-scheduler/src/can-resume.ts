import { needsRepair } from './internal/key-pair-files.ts'
import { createKeyReader } from './internal/key-source.ts'
import { chooseStartingPlace, isSamePlace } from './internal/starting-place.ts'
import type { KeyFile } from './renewal-options.ts'

/**
 * Tells whether an earlier daemon has left what the next goes on from, so that a certificate and a key which do not belong
 * together are no reason not to start one: it was cut short between the two, or has written other files.
 */
export async function canResume({
  certificatePath,
  key,
  out = certificatePath,
  keyOut = key.path,
}: {
  readonly certificatePath: string
  readonly key: KeyFile
  readonly out?: string | undefined
  readonly keyOut?: string | undefined
}): Promise<boolean> {
  const given = { certificatePath, keyPath: key.path }
  const written = { certificatePath: out, keyPath: keyOut }
  if ((await needsRepair(given)) || (await needsRepair(written))) return true
  const start = await chooseStartingPlace({ given, written }, createKeyReader(key))
  return !isSamePlace(given, start)
}
