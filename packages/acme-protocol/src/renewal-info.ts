import type { Engine } from './context.ts'
import type { RenewalWindow } from './decision-ports.ts'
import { findKnownCertificate, type KnownCertificate } from './known-certificate.ts'
import type { ResourceAnswer } from './message.ts'
import { notFound } from './order.ts'
import { formatTimestamp } from './time.ts'

/** How often a client may ask at most and at least. */
const longestPauseSeconds = 6 * 60 * 60
const shortestPauseSeconds = 60

/**
 * Tells when a certificate is to be renewed, RFC 9773 §4.2: after two thirds of its life and before five sixths; at once when it
 * is revoked; else in the window of an incident, if one touches it.
 */
export async function renewalInfo(engine: Engine, certificateId: string): Promise<ResourceAnswer> {
  const known = await findKnownCertificate(certificateId, engine.issuance)
  if (known === undefined) throw notFound(`certificate ${certificateId}`)
  const { certificate } = known
  const { notBefore, notAfter } = certificate.validity
  const incident = await engine.incidents.findWindow(certificate)
  const { start, end, explanationUrl } = windowOf(known, incident, engine.now())
  const lifetimeSeconds = (notAfter.getTime() - notBefore.getTime()) / 1000
  return {
    json: {
      suggestedWindow: { start: formatTimestamp(start), end: formatTimestamp(end) },
      ...(explanationUrl === undefined ? {} : { explanationURL: explanationUrl }),
    },
    // Some twenty questions in the life of a certificate, so that an incident is heard of in time.
    retryAfterSeconds: Math.min(
      longestPauseSeconds,
      Math.max(shortestPauseSeconds, lifetimeSeconds / 24),
    ),
  }
}

function windowOf(
  { certificate, revokedAt }: KnownCertificate,
  incident: RenewalWindow | undefined,
  now: Date,
): RenewalWindow {
  if (revokedAt !== undefined) {
    const start = Math.min(revokedAt.getTime(), now.getTime() - 1000)
    return { start: new Date(start - 1000), end: new Date(start) }
  }
  const { notBefore, notAfter } = certificate.validity
  const at = (part: number) =>
    new Date(notBefore.getTime() + part * (notAfter.getTime() - notBefore.getTime()))
  const usual = { start: at(2 / 3), end: at(5 / 6) }
  return incident !== undefined && incident.start < usual.start ? incident : usual
}
