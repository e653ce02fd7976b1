/** What a client asked for, as the HTTP server received it. */
export interface AcmeRequest {
  /** Such as `POST`. */
  readonly method: string
  /** The whole URL as the client used it, query and all: `https://ca.internal/acme/acme/new-order`. */
  readonly url: string
  readonly contentType: string | undefined
  /** The octets of the body, which the server has bounded. */
  readonly body: Uint8Array
  /** Told to the client where it cannot be told the cause. */
  readonly requestId: string
}

/** What the client is to be answered. */
export interface AcmeAnswer {
  readonly status: number
  /** Names in lower case; several values of one name are sent as several lines. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  /** As it is sent; `undefined` for no body. */
  readonly body: string | undefined
}

/** What a resource answers, before what all answers have is added. */
export interface ResourceAnswer {
  /** 200 when left out. */
  readonly status?: number
  readonly location?: string
  /** Links beside the one to the directory. */
  readonly links?: readonly Link[]
  readonly retryAfterSeconds?: number
  /** Sent as JSON; nothing is sent where it and `text` are left out. */
  readonly json?: object
  readonly text?: { readonly contentType: string; readonly content: string }
  /** Further headers, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A link to a related resource, RFC 8288 §3. */
interface Link {
  readonly url: string
  readonly relation: 'alternate' | 'index' | 'next' | 'up'
}

/** Writes an answer: JSON, links and what RFC 8555 §6.5.1 and §7.2 say about caches and nonces. */
export function encodeAnswer(
  answer: ResourceAnswer,
  { index, nonce }: { readonly index: string | undefined; readonly nonce: string | undefined },
): AcmeAnswer {
  const { status = 200, location, links = [], retryAfterSeconds, json, text, headers } = answer
  const allLinks: readonly Link[] = [
    ...(index === undefined ? [] : [{ url: index, relation: 'index' as const }]),
    ...links,
  ]
  const body = json === undefined ? text?.content : JSON.stringify(json)
  const contentType = json === undefined ? text?.contentType : 'application/json'
  return {
    status,
    headers: {
      'cache-control': 'no-store',
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...(location === undefined ? {} : { location }),
      ...(allLinks.length === 0 ? {} : { link: allLinks.map(encodeLink) }),
      ...(nonce === undefined ? {} : { 'replay-nonce': nonce }),
      ...(retryAfterSeconds === undefined
        ? {}
        : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) }),
      ...headers,
    },
    body,
  }
}

function encodeLink({ url, relation }: Link): string {
  return `<${url}>;rel="${relation}"`
}
