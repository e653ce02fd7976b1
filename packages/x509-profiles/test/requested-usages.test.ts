import { expect, test } from 'vitest'
import { requestedUsagesOf } from '../src/index.ts'
import { fromHex } from '../src/internal/der.ts'

const extension = (oid: string, value: string) => ({ oid, critical: false, value: fromHex(value) })

test('usages that a request asks for are decoded, malformed ones left out', () => {
  const extensions = [
    extension('2.5.29.15', '03020106'),
    extension('2.5.29.37', '3000'),
    extension('2.5.29.19', '30060101ff020103'),
    extension('2.5.29.17', 'ff'),
  ]
  expect(requestedUsagesOf({ extensions })).toEqual({
    keyUsage: ['keyCertSign', 'cRLSign'],
    extendedKeyUsages: undefined,
    basicConstraints: { isCa: true, pathLength: 3 },
  })
  expect(requestedUsagesOf({ extensions: [] })).toEqual({
    keyUsage: undefined,
    extendedKeyUsages: undefined,
    basicConstraints: undefined,
  })
})
