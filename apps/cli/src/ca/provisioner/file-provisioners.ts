import { type JsonObject, parseCaConfiguration } from '@mayfly/authority-core/config'
import { editConfiguration } from '@mayfly/authority-host'
import { reportLine } from '../../framework/report.ts'
import type { Io } from '../../io.ts'
import {
  assertUsable,
  type KeptProvisioners,
  listProvisioners,
  withProvisioners,
} from './kept-provisioners.ts'

/** The provisioners of a `ca.json`. */
export function openFileProvisioners(
  io: Io,
  { path, document }: { readonly path: string; readonly document: JsonObject },
): KeptProvisioners {
  return {
    present: listProvisioners(document),
    async change(change, check) {
      const { mayfly } = await editConfiguration({
        path,
        change: (former) => {
          const next = withProvisioners(former, change(listProvisioners(former)))
          if (check !== undefined) assertUsable(parseCaConfiguration(next, { source: path }), check)
          return next
        },
      })
      reportLine(
        io,
        mayfly.watchConfiguration
          ? 'Success! Your `mayfly-ca` config has been updated. A running mayfly-ca takes it in by itself.'
          : 'Success! Your `mayfly-ca` config has been updated. To pick up the new configuration SIGHUP (kill -1 <pid>) or restart the mayfly-ca process.',
      )
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}
