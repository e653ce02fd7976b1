import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'vitest'
import { runScript } from './support/run-script.ts'

const folder = new URL('scripts/', import.meta.url)

describe('the command line', () => {
  test.each(readdirSync(folder))('%s', async (name) => {
    await runScript(readFileSync(new URL(name, folder), 'utf8'))
  })
})
