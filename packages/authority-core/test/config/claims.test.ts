import {
  type ClaimsConfiguration,
  findClaimsProblem,
  parseCaConfiguration,
  resolveClaims,
} from '@mayfly/authority-core/config'
import { describe, expect, test } from 'vitest'

describe('resolveClaims', () => {
  test("falls back to step's built-ins", () => {
    expect(resolveClaims(undefined, undefined)).toEqual({
      minTlsSeconds: 300,
      maxTlsSeconds: 86_400,
      defaultTlsSeconds: 86_400,
      disableRenewal: false,
      allowRenewalAfterExpiry: false,
      disableSmallstepExtensions: false,
    })
  })

  test.each([
    { own: {}, global: { maxTLSCertDuration: '48h' }, min: 300, standard: 86_400, max: 172_800 },
    {
      own: { maxTLSCertDuration: '36h' },
      global: { maxTLSCertDuration: '48h' },
      min: 300,
      standard: 86_400,
      max: 129_600,
    },
    { own: { defaultTLSCertDuration: '1m' }, global: {}, min: 60, standard: 60, max: 86_400 },
    {
      own: { defaultTLSCertDuration: '48h' },
      global: {},
      min: 300,
      standard: 172_800,
      max: 172_800,
    },
    {
      own: { defaultTLSCertDuration: '48h', maxTLSCertDuration: '24h' },
      global: {},
      min: 300,
      standard: 172_800,
      max: 86_400,
    },
    {
      own: {},
      global: { defaultTLSCertDuration: '1h', minTLSCertDuration: '10m' },
      min: 600,
      standard: 3600,
      max: 86_400,
    },
  ])('resolves $own below $global', ({ own, global, min, standard, max }) => {
    expect(resolveClaims(read(own), read(global))).toMatchObject({
      minTlsSeconds: min,
      defaultTlsSeconds: standard,
      maxTlsSeconds: max,
    })
  })

  test('takes the own switch before the global one, also to switch off', () => {
    const global = read({ disableRenewal: true, allowRenewalAfterExpiry: true })
    expect(resolveClaims(read({ disableRenewal: false }), global)).toMatchObject({
      disableRenewal: false,
      allowRenewalAfterExpiry: true,
    })
  })
})

describe('findClaimsProblem', () => {
  test.each([
    [{ minTLSCertDuration: '0s' }, 'claims: MinTLSCertDuration must be greater than 0'],
    [{ maxTLSCertDuration: '-10m' }, 'claims: MaxTLSCertDuration must be greater than 0'],
    [{ defaultTLSCertDuration: '0s' }, 'claims: MinTLSCertDuration must be greater than 0'],
    [
      { minTLSCertDuration: '10m', maxTLSCertDuration: '5m' },
      'claims: MaxCertDuration cannot be less than MinCertDuration: MaxCertDuration - 5m0s, MinCertDuration - 10m0s',
    ],
    [
      { minTLSCertDuration: '10m', defaultTLSCertDuration: '5m' },
      'claims: DefaultCertDuration cannot be less than MinCertDuration: DefaultCertDuration - 5m0s, MinCertDuration - 10m0s',
    ],
    [
      { maxTLSCertDuration: '10m', defaultTLSCertDuration: '15m' },
      'claims: MaxCertDuration cannot be less than DefaultCertDuration: MaxCertDuration - 10m0s, DefaultCertDuration - 15m0s',
    ],
    [{ maxTLSCertDuration: '24h' }, undefined],
  ])('words %j as step does', (own, problem) => {
    expect(findClaimsProblem(resolveClaims(read(own), undefined))).toBe(problem)
  })
})

test.each(['minTlsSeconds', 'maxTlsSeconds', 'defaultTlsSeconds'])(
  'claims whose %s is NaN cannot hold',
  (name) => {
    const claims = { ...resolveClaims(undefined, undefined), [name]: Number.NaN }
    expect(findClaimsProblem(claims)).toMatch(/must be greater than 0$/)
  },
)

describe('listed claims', () => {
  test("stand in step's order, durations as Go prints them", () => {
    const claims = read({
      disableRenewal: true,
      maxTLSCertDuration: '48h',
      minTLSCertDuration: '90s',
    })
    expect(JSON.stringify(claims?.document)).toBe(
      '{"minTLSCertDuration":"1m30s","maxTLSCertDuration":"48h0m0s","disableRenewal":true}',
    )
  })
})

function read(claims: object): ClaimsConfiguration | undefined {
  return parseCaConfiguration({
    root: 'r',
    crt: 'c',
    key: 'k',
    address: ':443',
    authority: { claims },
  }).authority.claims
}
