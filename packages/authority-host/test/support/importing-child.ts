import { importHistory } from '@mayfly/authority-host'
import { now } from './host.ts'

/** Imports until it has told so many times of progress beyond the beginning of a table, and kills itself. */
const [configurationPath = '', steps = ''] = process.argv.slice(2)

let told = 0
await importHistory({
  configurationPath,
  now,
  onProgress: ({ read }) => {
    if (read > 0) told += 1
    if (told === Number(steps)) process.kill(process.pid, 'SIGKILL')
  },
})
