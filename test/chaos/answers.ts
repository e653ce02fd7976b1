import { X509Certificate } from 'node:crypto'
import { issuedSchema } from '../../apps/ca-server/test/support/certificates.ts'
import type { Answer as HttpAnswer } from '../../apps/ca-server/test/support/http-client.ts'
import type { Answer, RefusalReason } from './history.ts'
import type { Instance } from './instance.ts'

/** What an instance answered, or why nothing came. */
export interface Reply {
  readonly instance: Instance
  readonly requestId: string
  readonly answer: HttpAnswer | undefined
  /** Whether it cannot have been heard: nothing listened. */
  readonly isUnsent: boolean
}

/** Sends a request under a name by which its refusal is found in the log. */
export async function send(
  instance: Instance,
  path: string,
  { requestId, ...options }: Parameters<Instance['call']>[1] & { readonly requestId: string },
): Promise<Reply> {
  const reply = { instance, requestId }
  const headers = { 'x-request-id': requestId }
  try {
    const answer = await instance.call(path, { method: 'POST', headers, ...options })
    return { ...reply, answer, isUnsent: false }
  } catch (error) {
    return {
      ...reply,
      answer: undefined,
      isUnsent: /ECONNREFUSED|is not running/.test(String(error)),
    }
  }
}

/** Words a reply for a history; to be called when the logs are complete. */
export function wordAnswer<Given>(
  { instance, requestId, answer }: Reply,
  read: (answer: HttpAnswer) => Given,
): Answer<Given> {
  if (answer === undefined) return { status: 'unknown' }
  const { status, text, headers } = answer
  if (status === 503) {
    if (headers['retry-after'] !== undefined) return { status: 'unknown' }
    return { status: 'broken', detail: '503 that does not say when to ask again' }
  }
  if (status >= 500) {
    const detail = `${status}: ${instance.findReason(requestId) ?? text}`
    return { status: 'broken', detail }
  }
  if (status < 300) return { status: 'ok', ...read(answer) }
  // Killed between the answer and the line that tells why.
  const logged = instance.findReason(requestId)
  if (logged === undefined && status === 401) return { status: 'unknown' }
  return { status: 'refused', reason: reasonOf(`${logged} ${text}`) }
}

function reasonOf(text: string): RefusalReason {
  return reasons.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other'
}

const reasons: readonly (readonly [RefusalReason, RegExp])[] = [
  ['already_revoked', /already revoked/],
  ['token_used', /token already used/],
  ['provisioner_unknown', /provisioner not found/],
  ['revoked', /has been revoked/],
]

/** The serial number of the certificate that was given out, in decimal. */
export function serialOf(answer: HttpAnswer): string {
  const { serialNumber } = new X509Certificate(issuedSchema.parse(answer.json).crt)
  return BigInt(`0x${serialNumber}`).toString()
}
