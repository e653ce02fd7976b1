import { configurationPathOf } from '../ca/configuration-path.ts'
import { reportFact } from '../framework/report.ts'
import type { Io } from '../io.ts'

/** Returns the `ca.json` whose database is meant, and says on standard error which that is: the default may be another CA's. */
export function nameConfiguration(
  io: Io,
  home: string,
  flags: { readonly 'ca-config': string | undefined },
): string {
  const path = configurationPathOf(home, flags)
  reportFact(io, 'Configuration', path)
  return path
}
