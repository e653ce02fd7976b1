import { describe, expect, test } from 'vitest'
import { matchAudience } from '../src/index.ts'

const accepted = [
  'step-certificate-authority',
  'https://ca.internal/1.0/sign',
  'https://ca.internal:9000/sign',
  'https://[::1]/sign',
  'https://ca.internal/1.0/sign#x5c/x5c',
]

describe('matchAudience', () => {
  test.each([
    'step-certificate-authority',
    'https://ca.internal/1.0/sign',
    'https://ca.internal:1/1.0/sign',
    'https://ca.internal:65535/1.0/sign',
    'https://ca.internal/sign',
    'https://ca.internal:443/sign',
    'https://[::1]:8443/sign',
    'https://ca.internal:8443/1.0/sign#x5c/x5c',
  ])('accepts %s', (audience) => {
    expect(matchAudience(accepted, ['other', audience])).toBe(true)
  })

  test.each([
    'http://ca.internal/1.0/sign',
    'https://CA.internal/1.0/sign',
    'HTTPS://ca.internal/1.0/sign',
    'https://ca.internal/1.0/sign/',
    'https://ca.internal/1.0/Sign',
    'https://ca.internal/1.0/sign?x=1',
    'https://ca.internal/sign#x5c/x5c',
    'https://ca.internal.example/1.0/sign',
    'https://user@ca.internal/1.0/sign',
    'https://ca.internal:x/1.0/sign',
    'https://ca.internal:443:443/1.0/sign',
    'https://ca.internal:/1.0/sign',
    'https://::1/sign',
    'https://ca.internal/1.0/revoke',
    ' https://ca.internal/1.0/sign',
    'step-certificate-authority:443',
    'https://',
    '',
  ])('refuses %j', (audience) => {
    expect(matchAudience(accepted, [audience])).toBe(false)
  })

  test('refuses a token without audience', () => {
    expect(matchAudience(accepted, [])).toBe(false)
  })
})
