import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodePem, parsePem } from '../src/index.ts'
import { codeOf } from './support/refusals.ts'

describe('parsePem', () => {
  test('reads what encodePem writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (octets) => {
        expect(parsePem(encodePem('CERTIFICATE', octets))).toEqual([
          { label: 'CERTIFICATE', octets },
        ])
      }),
    )
  })

  test('reads all blocks and skips what stands between them', () => {
    const text = `\uFEFFsubject=CN = a\r\n${encodePem('A', Uint8Array.of(1)).replaceAll('\n', '\r\n')}
      words -----\n----- more\n${encodePem('NEW B', Uint8Array.of(2))}`
    expect(parsePem(text)).toEqual([
      { label: 'A', octets: Uint8Array.of(1) },
      { label: 'NEW B', octets: Uint8Array.of(2) },
    ])
  })

  test('skips the headers of a legacy encrypted key', () => {
    const text =
      '-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAQ==\n-----END EC PRIVATE KEY-----'
    expect(parsePem(text)).toEqual([{ label: 'EC PRIVATE KEY', octets: Uint8Array.of(1) }])
  })

  test('reads labels of any kind that RFC 7468 has', () => {
    const text = encodePem('PKCS #7-signed data', Uint8Array.of(1))
    expect(parsePem(text)).toMatchObject([{ label: 'PKCS #7-signed data' }])
  })

  test('finds nothing in a text without blocks', () => {
    expect(parsePem('no such thing\n')).toEqual([])
  })

  test.each([
    { text: '-----BEGIN A-----\nAQ==\n', why: 'does not end' },
    { text: '-----BEGIN A-----\nAQ==\n-----END B-----\n', why: 'ends as another' },
    { text: '-----BEGIN A-----\nAQ==\n-----BEGIN A-----\nAQ==\n-----END A-----\n', why: 'nests' },
    { text: '-----BEGIN A-----\n-----END A-----\n', why: 'is empty' },
    { text: '-----BEGIN A-----\nAQ\n-----END A-----\n', why: 'lacks its padding' },
    { text: '-----BEGIN A-----\nAR==\n-----END A-----\n', why: 'has bits behind its end' },
    { text: '-----BEGIN A-----\nA_-=\n-----END A-----\n', why: 'is base64url' },
    { text: '-----BEGIN A-----\nAQ==AQ==\n-----END A-----\n', why: 'goes on behind its padding' },
    { text: '-----BEGIN A-----\nName: x\nAQ==\n-----END A-----\n', why: 'has headers without end' },
  ])('refuses a block that $why', ({ text }) => {
    expect(codeOf(() => parsePem(text))).toBe('pem_malformed')
  })
})

describe('encodePem', () => {
  test('breaks lines at 64 columns and ends in a newline', () => {
    const lines = encodePem('X', new Uint8Array(100)).split('\n')
    expect(lines.map((line) => line.length)).toEqual([17, 64, 64, 8, 15, 0])
  })
})
