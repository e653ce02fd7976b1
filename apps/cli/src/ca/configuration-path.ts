import { join } from 'node:path'

/** The `ca.json` that is meant: `--ca-config`, else the one of the mayfly folder. */
export function configurationPathOf(
  home: string,
  { 'ca-config': given }: { readonly 'ca-config': string | undefined },
): string {
  return given ?? join(home, 'config', 'ca.json')
}
