import { generateKeyPairSync } from 'node:crypto'
import type { JsonObject } from '@mayfly/jwt-tokens'
import { generateKey } from './test-authority.ts'
import { type Distortion, publicJwk, type TestClient } from './test-client.ts'

/** A resource that is asked for by POST, with a payload that it would take. */
export interface PostTarget {
  readonly name: string
  readonly url: () => string
  readonly signedBy: 'either' | 'jwk' | 'kid'
  readonly payload?: unknown
  /** Whether the URL names an object of one account. */
  readonly isOwned?: boolean
  readonly isReadOnly?: boolean
}

/** Who there is: a client of the provisioner that is asked, and one of another. */
interface Parties {
  readonly client: TestClient
  readonly foreigner: TestClient
}

/** A way to be wrong that leaves the request unproven: it must not cost its nonce. */
export interface Forgery {
  readonly name: string
  readonly type: string
  readonly status: number
  readonly detail: RegExp
  readonly distort: (target: PostTarget, parties: Parties) => Distortion | Promise<Distortion>
  readonly isFor?: (target: PostTarget) => boolean
}

const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
const encode = (text: string) => Buffer.from(text).toString('base64url')
const replaceHeader = (header: string) => (body: JsonObject) => ({
  ...body,
  protected: encode(header),
})
const headerOf = (body: JsonObject) => Buffer.from(String(body.protected), 'base64url').toString()

/** All of them, with the problem that each is told. */
export const forgeries: readonly Forgery[] = [
  {
    name: 'content type',
    type: 'malformed',
    status: 415,
    detail: /jose\+json/,
    distort: () => ({ contentType: 'application/json' }),
  },
  {
    name: 'content type with a parameter',
    type: 'malformed',
    status: 415,
    detail: /jose\+json/,
    distort: () => ({ contentType: 'application/jose+json; charset=utf-8' }),
  },
  {
    name: 'GET',
    type: 'malformed',
    status: 405,
    detail: /Use POST/,
    distort: () => ({ method: 'GET' }),
  },
  {
    name: 'no JSON',
    type: 'malformed',
    status: 400,
    detail: /not JSON/,
    distort: () => ({ body: () => 'a.b.c' }),
  },
  {
    name: 'unprotected header',
    type: 'malformed',
    status: 400,
    detail: /unprotected header/,
    distort: () => ({ body: (jws) => ({ ...jws, header: {} }) }),
  },
  {
    name: 'several signatures',
    type: 'malformed',
    status: 400,
    detail: /"signatures"/,
    distort: () => ({ body: (jws) => ({ ...jws, signatures: [] }) }),
  },
  {
    name: 'no signature',
    type: 'malformed',
    status: 400,
    detail: /"signature"/,
    distort: () => ({ body: ({ signature: _, ...jws }) => jws }),
  },
  {
    name: 'padded base64url',
    type: 'malformed',
    status: 400,
    detail: /padding/,
    distort: () => ({ body: (jws) => ({ ...jws, signature: `${jws.signature}==` }) }),
  },
  {
    name: 'a member twice in the body',
    type: 'malformed',
    status: 400,
    detail: /twice/,
    distort: () => ({ body: (jws) => JSON.stringify(jws).replace('{', '{"payload":"",') }),
  },
  {
    name: 'a member twice in the header',
    type: 'malformed',
    status: 400,
    detail: /twice/,
    distort: () => ({
      body: (jws) => replaceHeader(headerOf(jws).replace('{', '{"alg":"none",'))(jws),
    }),
  },
  {
    name: 'crit',
    type: 'malformed',
    status: 400,
    detail: /crit/,
    distort: () => ({ header: { crit: ['exp'] } }),
  },
  {
    name: 'b64',
    type: 'malformed',
    status: 400,
    detail: /b64/,
    distort: () => ({ header: { b64: true } }),
  },
  {
    name: 'no nonce',
    type: 'badNonce',
    status: 400,
    detail: /no nonce/,
    distort: () => ({ header: { nonce: undefined } }),
  },
  {
    name: 'a nonce that is no base64url',
    type: 'malformed',
    status: 400,
    detail: /base64url/,
    distort: () => ({ header: { nonce: 'a+b/' } }),
  },
  {
    name: 'a nonce of another server',
    type: 'badNonce',
    status: 400,
    detail: /this server/,
    distort: () => ({ header: { nonce: 'AAAA' } }),
  },
  {
    name: 'a nonce that was changed',
    type: 'badNonce',
    status: 400,
    detail: /this server/,
    distort: async (_, { client }) => ({ header: { nonce: changed(await client.nonce()) } }),
  },
  {
    name: 'no url',
    type: 'malformed',
    status: 400,
    detail: /no "url"/,
    distort: () => ({ header: { url: undefined } }),
  },
  {
    name: 'another url',
    type: 'unauthorized',
    status: 401,
    detail: /signed for/,
    distort: ({ url }) => ({ header: { url: `${url()}x` } }),
  },
  {
    name: 'another host in url',
    type: 'unauthorized',
    status: 401,
    detail: /signed for/,
    distort: ({ url }) => ({ header: { url: url().replace('ca.internal', 'ca.example') } }),
  },
  {
    name: 'alg none',
    type: 'badSignatureAlgorithm',
    status: 400,
    detail: /"none"/,
    distort: () => ({ header: { alg: 'none' } }),
  },
  {
    name: 'a MAC',
    type: 'badSignatureAlgorithm',
    status: 400,
    detail: /"HS256"/,
    distort: () => ({ header: { alg: 'HS256' } }),
  },
  {
    name: 'an alg of another key type',
    type: 'badSignatureAlgorithm',
    status: 400,
    detail: /ES384/,
    distort: () => ({ header: { alg: 'ES384' } }),
  },
  {
    name: 'jwk and kid',
    type: 'malformed',
    status: 400,
    detail: /both/,
    distort: (_, { client }) => ({ header: { jwk: publicJwk(client.key), kid: client.account } }),
  },
  {
    name: 'neither jwk nor kid',
    type: 'malformed',
    status: 400,
    detail: /neither/,
    distort: () => ({ header: { jwk: undefined, kid: undefined } }),
  },
  {
    name: 'the wrong one of jwk and kid',
    type: 'malformed',
    status: 400,
    detail: /needs/,
    isFor: ({ signedBy }) => signedBy !== 'either',
    distort: ({ signedBy }, { client }) => ({
      header:
        signedBy === 'jwk'
          ? { jwk: undefined, kid: client.account }
          : { kid: undefined, jwk: publicJwk(client.key) },
    }),
  },
  {
    name: 'the signature of another',
    type: 'malformed',
    status: 400,
    detail: /signature/,
    distort: ({ signedBy }, { client }) => ({
      key: generateKey(),
      header: signedBy === 'jwk' ? { jwk: publicJwk(client.key) } : {},
    }),
  },
  {
    name: 'another payload',
    type: 'malformed',
    status: 400,
    detail: /signature/,
    distort: () => ({ body: (jws) => ({ ...jws, payload: encode('{"a":1}') }) }),
  },
  {
    name: 'a weak key',
    type: 'badPublicKey',
    status: 400,
    detail: /1024 bits/,
    isFor: ({ signedBy }) => signedBy !== 'kid',
    distort: () => ({ key: weak, header: { kid: undefined, alg: 'RS256', jwk: publicJwk(weak) } }),
  },
  {
    name: 'a kid that is no account',
    type: 'malformed',
    status: 400,
    detail: /URL of an account/,
    isFor: isOfAccount,
    distort: () => ({ header: { kid: 'me' } }),
  },
  {
    name: 'an unknown account',
    type: 'accountDoesNotExist',
    status: 400,
    detail: /no account/,
    isFor: isOfAccount,
    distort: (_, { client }) => ({ header: { kid: `${client.account}x` } }),
  },
  {
    name: 'an account of another provisioner',
    type: 'unauthorized',
    status: 401,
    detail: /not one of the provisioner/,
    isFor: isOfAccount,
    distort: (_, { foreigner }) => ({ key: foreigner.key, header: { kid: foreigner.account } }),
  },
]

function isOfAccount({ signedBy }: PostTarget): boolean {
  return signedBy === 'kid'
}

function changed(nonce: string): string {
  return (nonce.startsWith('A') ? 'B' : 'A') + nonce.slice(1)
}
