import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, test } from 'vitest'
import { runScript } from './support/run-script.ts'

const folder = new URL('scripts/', import.meta.url)

describe('the command line', () => {
  let running: Promise<void> | undefined

  // A script that ran out of time goes on to the end of its line, and would do the rest in the folder of the next one.
  afterEach(() => running?.catch(() => undefined))

  test.for(readdirSync(folder))('%s', { timeout: 60_000 }, async (name, { signal }) => {
    running = runScript(readFileSync(new URL(name, folder), 'utf8'), { signal })
    await running
  })
})
