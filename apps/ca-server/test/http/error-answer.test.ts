import { AuthorityError } from '@mayfly/authority-core'
import { StoreError } from '@mayfly/db-adapters'
import { TokenError } from '@mayfly/jwt-tokens'
import { ProfileError } from '@mayfly/x509-profiles'
import { describe, expect, test } from 'vitest'
import { answerError, ruleByCode } from '../../src/http/error-answer.ts'
import { RequestError } from '../../src/http/request-error.ts'

const see = '. Please see the certificate authority logs for more info.'

describe('answerError', () => {
  test.each([
    {
      error: new AuthorityError('csr_missing', 'missing csr'),
      body: { status: 400, message: 'The request could not be completed: missing csr.' },
    },
    {
      error: new AuthorityError('lifetime_too_long', 'too long'),
      body: {
        status: 403,
        message: 'The request was forbidden by the certificate authority: too long.',
      },
    },
    {
      error: new AuthorityError('name_constraint_violated', 'bare'),
      body: { status: 403, message: 'bare' },
    },
    {
      error: new AuthorityError('certificate_expired', 'certificate expired on x'),
      body: {
        status: 401,
        message:
          'The request lacked necessary authorization to be completed: certificate expired on x',
      },
    },
    {
      error: new TokenError('token_expired', 'token is expired'),
      body: {
        status: 401,
        message: `The request lacked necessary authorization to be completed${see}`,
      },
    },
    {
      error: new ProfileError('key_too_weak', 'too short'),
      body: {
        status: 403,
        message: 'The request was forbidden by the certificate authority: too short.',
      },
    },
    {
      error: new StoreError('store_unavailable', 'the disk is gone'),
      body: {
        status: 503,
        message: `The certificate authority received an unexpected HTTP status code - '503'${see}`,
      },
    },
    {
      error: new AuthorityError('storage_failed', 'x', {
        cause: new StoreError('commit_uncertain', 'y'),
      }),
      body: {
        status: 503,
        message: `The certificate authority received an unexpected HTTP status code - '503'${see}`,
      },
    },
    {
      error: new StoreError('store_unsupported', 'no store'),
      body: {
        status: 501,
        message: `The requested method is not implemented by the certificate authority${see}`,
      },
    },
    {
      error: new RequestError('encrypted_key_not_found', 'kid zzz'),
      body: { status: 404, message: `The requested resource could not be found${see}` },
    },
    {
      error: new TypeError('secret internals'),
      body: {
        status: 500,
        message: `The certificate authority encountered an Internal Server Error${see}`,
      },
    },
    {
      error: new AuthorityError('renewal_token_invalid', 'error validating renew token: x', {
        cause: new TokenError('token_issuer_mismatch', 'x'),
      }),
      body: {
        type: 'unauthorized',
        detail: 'unauthorized',
        message: 'error validating renew token: x',
      },
    },
  ])('$error', ({ error, body }) => {
    const answer = answerError(error)
    expect(JSON.parse(answer.body)).toEqual(body)
    expect(answer.status).toBe('status' in body ? body.status : 401)
  })

  test('tells the log the cause of what it hides', () => {
    const error = new TypeError('outer', { cause: new Error('inner') })
    expect(answerError(error).logFields).toEqual({ error: 'outer: inner' })
    expect(answerError(error).body).not.toContain('inner')
  })

  test('survives a cause that is its own cause', () => {
    const error = new Error('round')
    error.cause = error
    expect(answerError(error).logFields).toEqual({ error: 'round' })
  })

  test('cuts what anybody may have sent, and keeps the place of the rule', () => {
    const detail = `certificate CN=${'x'.repeat(50_000)}`
    const error = new AuthorityError('credential_untrusted', 'refused', { detail, rule: 'roots' })
    const line = answerError(error).logFields?.error
    expect(line).toHaveLength('refused: '.length + 2001 + ': refused by roots'.length)
    expect(line).toMatch(/^refused: certificate CN=x+…: refused by roots$/)
  })

  test('has a rule of 4xx or 5xx for every code', () => {
    for (const { status } of Object.values(ruleByCode)) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(600)
    }
  })
})
