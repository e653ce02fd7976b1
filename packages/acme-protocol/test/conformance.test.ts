import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const page = readFileSync(new URL('../../../docs/acme-conformance.md', import.meta.url), 'utf8')
const forgeries = readFileSync(new URL('support/forgery.ts', import.meta.url), 'utf8')

/** Each file that the page names, with the words of tests that it quotes behind it. */
const references = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .flatMap((line) => [...line.matchAll(/`([\w-]+\.test\.ts)`((?:,? “[^”]+”)*)/g)])
  .map(([, file = '', quoted = '']) => ({
    file,
    words: [...quoted.matchAll(/“([^”]+)”/g)].map(([, each = '']) => each),
  }))

test('the page on conformance names tests that there are', () => {
  expect(references.length).toBeGreaterThan(50)
  for (const { file, words } of references) {
    const url = new URL(file, import.meta.url)
    expect(existsSync(url), file).toBe(true)
    const text = readFileSync(url, 'utf8') + (file === 'refusals.test.ts' ? forgeries : '')
    expect(words, file).not.toEqual([])
    for (const each of words) expect(text, `${file}: ${each}`).toContain(each)
  }
})

test('each line of the page is shown by a test, open, or argued', () => {
  const lines = page.split('\n').filter((line) => /^\| (\d|RFC|draft)/.test(line))
  for (const line of lines) expect(line).toMatch(/\.test\.ts`|\*\*open\*\*: |\*\*ours\*\*: /)
})
