import { createSecureContext, getCiphers } from 'node:tls'
import { defaultTls } from '@mayfly/authority-core/config'
import { describe, expect, test } from 'vitest'
import { createTlsOptions, findTlsWarning } from '../../src/https/tls-options.ts'

const create = (change: Partial<typeof defaultTls>) =>
  createTlsOptions({ ...defaultTls, ...change }, [])

describe('createTlsOptions', () => {
  test('translates step’s defaults', () => {
    expect(create({})).toMatchObject({
      ciphers:
        'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256',
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
    })
  })

  test.each([
    'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',
    'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305',
    'TLS_RSA_WITH_AES_256_CBC_SHA',
  ])('%s becomes a suite that OpenSSL knows', (name) => {
    const { ciphers = '' } = create({ cipherSuites: [name] })
    expect(getCiphers()).toContain(ciphers.split(':').at(-1)?.toLowerCase())
    expect(() => createSecureContext({ ciphers })).not.toThrow()
  })

  test('names of TLS 1.3 add nothing, since its suites are always there', () => {
    expect(create({ cipherSuites: ['TLS_AES_128_GCM_SHA256'] }).ciphers).toBe(
      'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
    )
  })

  test('refuses an unknown suite by its path', () => {
    const cipherSuites = [...defaultTls.cipherSuites, 'TLS_ROT13']
    expect(() => create({ cipherSuites })).toThrow(
      expect.objectContaining({
        code: 'tls_unsupported',
        message: 'tls.cipherSuites[2]: unknown cipher suite "TLS_ROT13"',
      }),
    )
  })

  test('never goes below TLS 1.2, and says so', () => {
    expect(create({ minVersion: 1 }).minVersion).toBe('TLSv1.2')
    expect(findTlsWarning({ ...defaultTls, minVersion: 1.1 })).toContain('TLS 1.1')
    expect(findTlsWarning(defaultTls)).toBeUndefined()
    expect(() => create({ minVersion: 1, maxVersion: 1.1 })).toThrow(/tls\.maxVersion: TLS 1\.1/)
  })
})
