import { describe, expect, test } from 'vitest'
import { type GeneralName, PathError, verifyCertificatePath } from '../src/index.ts'
import { now } from './support/authority.ts'
import { makeLeaf, makeRoot } from './support/path-certificates.ts'

const root = makeRoot()

describe('verifyCertificatePath with a host', () => {
  test.each([
    { host: 'web.internal', name: 'web.internal' },
    { host: 'WEB.internal', name: 'web.INTERNAL' },
    { host: 'web.internal.', name: 'web.internal' },
    { host: 'localhost', name: 'localhost' },
    { host: 'web.internal', name: '*.internal' },
    { host: 'xn--bcher-kva.example', name: '*.example' },
  ])('accepts DNS name $name for $host', ({ host, name }) => {
    expect(messageFor(host, [{ type: 'dns', value: name }])).toBe(undefined)
  })

  test.each([
    { host: 'internal', name: '*.internal' },
    { host: 'a.web.internal', name: '*.internal' },
    { host: 'web.internal', name: 'w*.internal' },
    { host: 'web.internal', name: '*' },
    { host: 'web', name: '*' },
    { host: 'web.internal', name: 'web.*' },
    { host: 'a.b.internal', name: '*.*.internal' },
    { host: '*.internal', name: '*.internal' },
    { host: 'web.internal', name: '.internal' },
    { host: 'web.internal', name: 'internal' },
    { host: 'web.internal', name: 'web.internal.' },
    { host: 'web.internal', name: 'xweb.internal' },
    { host: 'web_1.internal', name: 'web_1.internal' },
    { host: '', name: 'web.internal' },
    { host: '.', name: '.' },
    { host: '10.0.0.1', name: '10.0.0.1' },
    { host: '10.0.0.256', name: '10.0.0.256' },
    { host: '::1', name: '::1' },
    { host: `${'a'.repeat(64)}.internal`, name: `${'a'.repeat(64)}.internal` },
  ])('refuses DNS name $name for $host', ({ host, name }) => {
    expect(messageFor(host, [{ type: 'dns', value: name }])).toBeTypeOf('string')
  })

  test.each([
    { host: '10.0.0.1', name: '10.0.0.1' },
    { host: '::1', name: '::1' },
    { host: '2001:DB8:0::1', name: '2001:db8::1' },
  ])('accepts address $name for $host', ({ host, name }) => {
    expect(messageFor(host, [{ type: 'ip', value: name }])).toBe(undefined)
  })

  test.each([
    { host: '10.0.0.2', name: '10.0.0.1' },
    { host: '::ffff:10.0.0.1', name: '10.0.0.1' },
    { host: 'web.internal', name: '10.0.0.1' },
    { host: '010.0.0.1', name: '10.0.0.1' },
  ])('refuses address $name for $host', ({ host, name }) => {
    expect(messageFor(host, [{ type: 'ip', value: name }])).toBeTypeOf('string')
  })

  test('does not look at the common name, nor at e-mail addresses and URIs', () => {
    const names: GeneralName[] = [
      { type: 'email', value: 'a@web.internal' },
      { type: 'uri', value: 'https://web.internal' },
    ]
    expect(messageFor('leaf', names)).toBeTypeOf('string')
    expect(messageFor('web.internal', names)).toBeTypeOf('string')
  })

  test('says which names there are', () => {
    const names: GeneralName[] = [
      { type: 'dns', value: 'a.internal' },
      { type: 'dns', value: 'b.internal' },
    ]
    expect(messageFor('c.internal', names)).toBe(
      'certificate is valid for a.internal, b.internal, not c.internal',
    )
    expect(messageFor('10.0.0.1', names)).toBe(
      "cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs",
    )
  })
})

/** What is wrong with a leaf of these names for the host, `undefined` when nothing is. */
function messageFor(host: string, names: readonly GeneralName[]): string | undefined {
  const { certificate } = makeLeaf(root, { names })
  try {
    verifyCertificatePath(certificate, { roots: [certificate], intermediates: [], now, host })
    return undefined
  } catch (error) {
    if (!(error instanceof PathError) || error.reason !== 'name_mismatch') throw error
    return error.message
  }
}
