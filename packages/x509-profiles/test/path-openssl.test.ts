import { isIP } from 'node:net'
import { describe, expect, test } from 'vitest'
import { encodeCertificatePem } from '../src/index.ts'
import { now, validityOfDays } from './support/authority.ts'
import { createOpensslFolder } from './support/openssl.ts'
import {
  type Contents,
  clientAuth,
  type Entity,
  makeIntermediate,
  makeLeaf,
  makeRoot,
} from './support/path-certificates.ts'
import { constraints, dns, ip, reasonOf, verify } from './support/paths.ts'

describe('openssl verify agrees', () => {
  const table: readonly {
    what: string
    root?: Contents
    middle?: Contents
    leaf?: Contents
    host?: string
  }[] = [
    { what: 'on a sound path' },
    { what: 'on an expired leaf', leaf: { validity: validityOfDays(-1) } },
    { what: 'on an expired root', root: { validity: validityOfDays(-1) } },
    { what: 'on a path length', root: { pathLength: 0 } },
    { what: 'on a path length that suffices', root: { pathLength: 1 } },
    { what: 'on a missing CA flag', middle: { without: ['2.5.29.19'] } },
    { what: 'on a CA that may not sign', middle: { keyUsage: ['cRLSign'] } },
    { what: 'on a leaf for clients', leaf: { extendedKeyUsages: [clientAuth] } },
    { what: 'on a CA for clients', middle: { extendedKeyUsages: [clientAuth] } },
    {
      what: 'on a permitted name',
      middle: { extensions: [constraints({ permitted: [dns('internal')] })] },
    },
    {
      what: 'on a name that is not permitted',
      middle: { extensions: [constraints({ permitted: [dns('example.com')] })] },
    },
    {
      what: 'on an excluded name',
      root: { extensions: [constraints({ excluded: [dns('web.internal')] })] },
    },
    {
      what: 'on an excluded address',
      root: { extensions: [constraints({ excluded: [[10, 0, 0, 0, 255, 0, 0, 0]].map(ip) })] },
      leaf: {
        names: [
          { type: 'dns', value: 'web.internal' },
          { type: 'ip', value: '10.1.2.3' },
        ],
      },
    },
    {
      what: 'on an unknown critical extension',
      leaf: { extensions: [{ oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }] },
    },
    { what: 'on another host', leaf: { names: [{ type: 'dns', value: 'db.internal' }] } },
    {
      what: 'on a wildcard',
      leaf: { names: [{ type: 'dns', value: '*.svc.internal' }] },
      host: 'web.svc.internal',
    },
    {
      what: 'on a wildcard for one label only',
      leaf: { names: [{ type: 'dns', value: '*.svc.internal' }] },
      host: 'a.web.svc.internal',
    },
    {
      what: 'on an address',
      leaf: { names: [{ type: 'ip', value: '10.1.2.3' }] },
      host: '10.1.2.3',
    },
    {
      what: 'on an address in a DNS name',
      leaf: { names: [{ type: 'dns', value: '10.1.2.3' }] },
      host: '10.1.2.3',
    },
  ]

  test.each(table)('$what', ({ host = 'web.internal', ...contents }) => {
    const top = makeRoot(contents.root)
    const middle = makeIntermediate(top, contents.middle)
    const bottom = makeLeaf(middle, contents.leaf)
    const options = { roots: [top], intermediates: [middle], host }
    const isTrusted = reasonOf(() => verify(bottom, options)) === undefined
    expect(isTrusted).toBe(isTrustedByOpenssl([top, middle, bottom], host))
  })
})

function isTrustedByOpenssl(
  [top, middle, bottom]: [Entity, Entity, Entity],
  host: string,
): boolean {
  using folder = createOpensslFolder()
  const files = { 'root.pem': top, 'intermediate.pem': middle, 'leaf.pem': bottom }
  for (const [name, { certificate }] of Object.entries(files)) {
    folder.write(name, encodeCertificatePem(certificate))
  }
  const time = ['-attime', String(now.getTime() / 1000)]
  const checks = [
    '-x509_strict',
    '-purpose',
    'sslserver',
    isIP(host) ? '-verify_ip' : '-verify_hostname',
    host,
  ]
  const chain = ['-CAfile', 'root.pem', '-untrusted', 'intermediate.pem']
  try {
    folder.run('verify', ...time, ...checks, ...chain, 'leaf.pem')
    return true
  } catch {
    return false
  }
}
