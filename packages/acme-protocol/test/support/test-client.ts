import { constants, createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { isIP } from 'node:net'
import type { AcmeAnswer, AcmeService } from '@mayfly/acme-protocol'
import type { JsonObject } from '@mayfly/jwt-tokens'
import { origin } from './test-acme.ts'
import { createCsr, generateKey } from './test-authority.ts'

/** An answer with its body read. */
export interface TestAnswer {
  readonly status: number
  readonly headers: AcmeAnswer['headers']
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
  readonly json: any
  readonly location: string
}

/** How a request differs from a proper one. */
export interface Distortion {
  /** Members of the protected header; `undefined` leaves one out. */
  readonly header?: JsonObject
  /** In place of the account's. */
  readonly key?: KeyObject
  /** The URL at which it is sent, where that is not the one that is signed. */
  readonly sentTo?: string
  readonly contentType?: string
  readonly method?: string
  /** Changes the body after it was signed. */
  readonly body?: (body: JsonObject) => unknown
}

/** A client that does as RFC 8555 says, unless a test wants otherwise. */
export class TestClient {
  readonly service: AcmeService
  readonly base: string
  key: KeyObject
  account = ''

  constructor(
    service: AcmeService,
    {
      key = generateKey(),
      name = 'acme',
    }: { readonly key?: KeyObject; readonly name?: string } = {},
  ) {
    this.service = service
    this.key = key
    this.base = `${origin}/acme/${name}`
  }

  async register(payload: JsonObject = {}): Promise<TestAnswer> {
    const answer = await this.postByKey(`${this.base}/new-account`, payload)
    this.account = answer.location
    return answer
  }

  async nonce(): Promise<string> {
    const { headers } = await this.get(`${this.base}/new-nonce`, 'HEAD')
    return String(headers['replay-nonce'])
  }

  get(url: string, method = 'GET'): Promise<TestAnswer> {
    return this.send({ method, url, body: new Uint8Array(), contentType: undefined })
  }

  /** A request of the account; a read (POST-as-GET) without a payload. */
  post(url: string, payload?: unknown, distortion: Distortion = {}): Promise<TestAnswer> {
    return this.#postSigned(url, payload, { kid: this.account }, distortion)
  }

  /** A request of the key. */
  postByKey(url: string, payload: unknown, distortion: Distortion = {}): Promise<TestAnswer> {
    const jwk = publicJwk(distortion.key ?? this.key)
    return this.#postSigned(url, payload, { jwk }, distortion)
  }

  async order(...names: readonly string[]): Promise<TestAnswer> {
    const identifiers = names.map((value) => ({
      type: isIP(value) !== 0 ? 'ip' : 'dns',
      value,
    }))
    return this.post(`${this.base}/new-order`, { identifiers })
  }

  /** Begins one challenge of each authorization and waits until all are decided. */
  async prove(order: TestAnswer): Promise<TestAnswer> {
    for (const url of order.json.authorizations) {
      const { json } = await this.post(url)
      await this.post(json.challenges[0].url, {})
    }
    await this.service.settled()
    return this.post(order.location)
  }

  async finalize(order: TestAnswer, key?: KeyObject): Promise<TestAnswer> {
    const names = order.json.identifiers.map(
      ({ type, value }: { type: 'dns' | 'ip'; value: string }) => {
        return { type, value }
      },
    )
    return this.post(order.json.finalize, { csr: await createCsr({ names }, key) })
  }

  /** A valid order. */
  async obtain(...names: readonly string[]): Promise<TestAnswer> {
    return this.finalize(await this.prove(await this.order(...names)))
  }

  async #postSigned(
    url: string,
    payload: unknown,
    signatory: JsonObject,
    { header, key = this.key, sentTo = url, body = (same) => same, ...rest }: Distortion,
  ): Promise<TestAnswer> {
    const nonce = header !== undefined && 'nonce' in header ? {} : { nonce: await this.nonce() }
    const protectedHeader = { alg: algorithmOf(key), ...nonce, url, ...signatory, ...header }
    const jws = body(signFlattened(protectedHeader, payload, key))
    const octets = typeof jws === 'string' ? jws : JSON.stringify(jws)
    const { method = 'POST', contentType = 'application/jose+json' } = rest
    return this.send({ method, url: sentTo, contentType, body: Buffer.from(octets) })
  }

  async send(request: {
    readonly method: string
    readonly url: string
    readonly contentType: string | undefined
    readonly body: Uint8Array
  }): Promise<TestAnswer> {
    const {
      status,
      headers,
      body = '',
    } = await this.service.handle({ ...request, requestId: 'request-1' })
    const isJson = /json$/.test(String(headers['content-type']))
    const json = isJson ? JSON.parse(body) : undefined
    return { status, headers, text: body, json, location: String(headers.location ?? '') }
  }
}

/** A flattened JWS; a MAC where `key` is secret. Nothing for the payload gives an empty one. */
export function signFlattened(header: JsonObject, payload: unknown, key: KeyObject): JsonObject {
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  const protectedHeader = encode(JSON.stringify(header))
  const content =
    payload === undefined
      ? ''
      : encode(typeof payload === 'string' ? payload : JSON.stringify(payload))
  const signature = signOctets(
    Buffer.from(`${protectedHeader}.${content}`),
    String(header.alg),
    key,
  )
  return {
    protected: protectedHeader,
    payload: content,
    signature: signature.toString('base64url'),
  }
}

/** The public members of a key, as a JWK. */
export function publicJwk(key: KeyObject): JsonObject {
  return { ...(key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' }) }
}

function signOctets(octets: Uint8Array, alg: string, key: KeyObject): Buffer {
  const hash = `sha${alg.slice(2)}`
  if (key.type === 'secret')
    return createHmac(/^HS/.test(alg) ? hash : 'sha256', key)
      .update(octets)
      .digest()
  switch (alg.slice(0, 2)) {
    case 'Ed':
      return sign(null, octets, key)
    case 'RS':
      return sign(hash, octets, key)
    case 'PS':
      return sign(hash, octets, {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      })
    default:
      return sign(/^ES(256|384|512)$/.test(alg) ? hash : 'sha256', octets, {
        key,
        dsaEncoding: 'ieee-p1363',
      })
  }
}

function algorithmOf(key: KeyObject): string {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
  if (key.asymmetricKeyType === 'rsa') return 'RS256'
  const curve = key.asymmetricKeyDetails?.namedCurve
  return curve === 'secp384r1' ? 'ES384' : curve === 'secp521r1' ? 'ES512' : 'ES256'
}
