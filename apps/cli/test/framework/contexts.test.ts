import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findContext, isContextName, loadContexts } from '../../src/framework/contexts.ts'

let base: string

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'mayfly-contexts-'))
})

afterEach(async () => {
  await rm(base, { recursive: true })
})

describe('loadContexts', () => {
  test('gives nothing where there is no file, and where the file is empty of them', async () => {
    expect(loadContexts(base)).toEqual({ contexts: [], currentName: undefined })
    await writeFile(join(base, 'contexts.json'), '{}')
    await writeFile(join(base, 'current-context.json'), '{"context":"gone"}')
    expect(loadContexts(base)).toEqual({ contexts: [], currentName: undefined })
  })

  test('lists them by name, whatever the case', async () => {
    await writeContexts({ beta: entry, Alpha: entry, gamma: entry })
    expect(loadContexts(base).contexts.map(({ name }) => name)).toEqual(['Alpha', 'beta', 'gamma'])
  })

  test.each([
    { text: '[]', message: /is no JSON object$/ },
    {
      text: '{"bad": null}',
      message: /^error in context 'bad': context cannot have an empty authority value/,
    },
    {
      text: '{"bad": {"authority": "a", "profile": ""}}',
      message:
        /^error in context 'bad': context cannot have an empty profile value; check your \$MAYFLYPATH\/contexts.json file$/,
    },
    {
      text: '{"bad": {"authority": "../..", "profile": "p"}}',
      message: /is not the name of a folder/,
    },
    {
      text: '{"bad": {"authority": "..", "profile": "p"}}',
      message: /is not the name of a folder/,
    },
    { text: '{"bad": {"authority": "a", "profile": 7}}', message: /is not the name of a folder/ },
  ])('refuses $text', async ({ text, message }) => {
    await writeFile(join(base, 'contexts.json'), text)
    expect(() => loadContexts(base)).toThrow(
      expect.objectContaining({
        code: 'contexts_unreadable',
        message: expect.stringMatching(message),
      }),
    )
  })

  test('refuses a name that there is not', async () => {
    await writeContexts({ one: entry })
    expect(() => findContext(loadContexts(base), 'other')).toThrow(
      expect.objectContaining({
        code: 'context_unknown',
        message: "could not load context 'other'",
      }),
    )
  })
})

test.each([
  { name: 'ca.internal', fits: true },
  { name: '[::1]', fits: true },
  { name: '', fits: false },
  { name: '.', fits: false },
  { name: '..', fits: false },
  { name: 'a/b', fits: false },
  { name: 'a\\b', fits: false },
  { name: 'a\nb', fits: false },
])('"$name" may be the name of a context: $fits', ({ name, fits }) => {
  expect(isContextName(name)).toBe(fits)
})

const entry = { authority: 'a', profile: 'p' }

async function writeContexts(contexts: Readonly<Record<string, unknown>>): Promise<void> {
  await writeFile(join(base, 'contexts.json'), JSON.stringify(contexts))
}
