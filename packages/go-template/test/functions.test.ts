import { readFileSync } from 'node:fs'
import { listFunctions } from '@mayfly/go-template'
import { expect, test } from 'vitest'

test('the README lists each function that is offered, and no other', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const table = /## Functions\n(.*?)\n## /s.exec(readme)?.[1] ?? ''
  const listed = [...table.matchAll(/^\|[^|]*\|(.*)\|$/gm)]
    .flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)])
    .map(([, name = '']) => name)
  expect(listed.toSorted()).toEqual([...listFunctions()].toSorted())
})
