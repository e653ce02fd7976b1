import { editConfiguration } from '@mayfly/authority-host'
import { addProvisioner } from './provisioners.ts'

/** Adds the provisioner `name` to the `ca.json` at `path`; with `stop`, says so while it holds the lock and stays. */
const [path = '', name = '', stop] = process.argv.slice(2)

await editConfiguration({
  path,
  waitMilliseconds: 60_000,
  change: (document) => {
    if (stop !== undefined) {
      process.stdout.write('holding\n')
      // Nothing else of this process runs any more.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    }
    return addProvisioner(document, name)
  },
})
