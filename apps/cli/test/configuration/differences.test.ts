import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDifferences } from '../../src/ca/configuration/difference-lines.ts'
import { listDifferences } from '../../src/ca/configuration/differences.ts'

describe('what differs between two documents', () => {
  test.each([
    {
      what: 'a member that is new, gone or other',
      before: { a: 1, b: { c: true }, d: 'x' },
      after: { a: 2, b: {}, e: null },
      lines: '~ a: 1 -> 2\n- b.c: true\n- d: "x"\n+ e: null\n',
    },
    {
      what: 'a provisioner by its name, wherever it stands',
      before: { authority: { provisioners: [{ name: 'a', type: 'JWK' }, { name: 'b' }] } },
      after: { authority: { provisioners: [{ name: 'b' }, { name: 'c' }] } },
      lines:
        '- authority.provisioners["a"]: {"name":"a","type":"JWK"}\n+ authority.provisioners["c"]: {"name":"c"}\n',
    },
    {
      what: 'a member of a provisioner',
      before: { authority: { provisioners: [{ name: 'a', claims: { disableRenewal: true } }] } },
      after: { authority: { provisioners: [{ name: 'a', claims: { disableRenewal: false } }] } },
      lines: '~ authority.provisioners["a"].claims.disableRenewal: true -> false\n',
    },
    {
      what: 'the order of provisioners, in which step offers them',
      before: { p: [{ name: 'a' }, { name: 'b' }] },
      after: { p: [{ name: 'b' }, { name: 'a' }] },
      lines: '~ p: ["a","b"] -> ["b","a"]\n',
    },
    {
      what: 'a list of texts as a whole',
      before: { dns: ['*.a'] },
      after: { dns: ['*.a', '*.b'] },
      lines: '~ dns: ["*.a"] -> ["*.a","*.b"]\n',
    },
    {
      what: 'a list of objects of one name as a whole',
      before: { p: [{ name: 'a', n: 1 }] },
      after: { p: [{ name: 'a' }, { name: 'a' }] },
      lines: '~ p: [{"name":"a","n":1}] -> [{"name":"a"},{"name":"a"}]\n',
    },
    { what: 'nothing', before: { a: [1] }, after: { a: [1] }, lines: '' },
  ])('$what', ({ before, after, lines }) => {
    expect(formatDifferences(listDifferences(before, after))).toBe(lines)
  })

  test('is nothing for the same document only', () => {
    fc.assert(
      fc.property(fc.object(), fc.object(), (before, after) => {
        const [left, right] = [before, after].map((each) => JSON.parse(JSON.stringify(each)))
        expect(listDifferences(left, left)).toEqual([])
        expect(listDifferences(left, right).length > 0).toBe(
          JSON.stringify(sorted(left)) !== JSON.stringify(sorted(right)),
        )
      }),
    )
  })

  test('a long value is cut, and what would move the cursor is told', () => {
    const text = formatDifferences(listDifferences({}, { key: 'x'.repeat(1000), 'a\u001b[2J': 1 }))
    expect(text.split('\n')[0]).toBe(`+ key: "${'x'.repeat(159)}…`)
    expect(text).toContain('+ a\\u001b[2J: 1')
  })
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([name, each]) => [name, sorted(each)]),
  )
}
