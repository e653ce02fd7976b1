/**
 * Takes the write lock of a database, prints `locked`, and keeps it for so many milliseconds.
 * Arguments: the database file, the milliseconds.
 */
import { writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

const [path = '', milliseconds] = process.argv.slice(2)
const database = new DatabaseSync(path, { timeout: 5000 })
database.exec('begin immediate')
writeSync(1, 'locked\n')
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(milliseconds))
database.exec('commit')
database.close()
