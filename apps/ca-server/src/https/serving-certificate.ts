import { createPublicKey } from 'node:crypto'
import type { Authority } from '@mayfly/authority-core'
import type { CaConfiguration } from '@mayfly/authority-core/config'
import { generatePrivateKey } from '@mayfly/keystore-hsm'
import { encodeCertificatePem, type Validity } from '@mayfly/x509-profiles'

/** The listener's own certificate and key, as a secure context takes them; they live in memory only. */
export interface ServingCertificate {
  /** PEM, PKCS#8. */
  readonly key: string
  /** PEM: the leaf, then the authority's chain. */
  readonly cert: string
  readonly validity: Validity
}

/** Has the authority issue a fresh serving certificate for a fresh ECDSA P-256 key. */
export async function issueServingCertificate(
  authority: Authority,
  { commonName, dnsNames }: Pick<CaConfiguration, 'commonName' | 'dnsNames'>,
): Promise<ServingCertificate> {
  const privateKey = await generatePrivateKey({ kty: 'EC', crv: 'P-256' })
  const certificate = await authority.issueServingCertificate({
    subjectPublicKeyInfo: createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    commonName,
    dnsNames,
  })
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: [certificate, ...authority.chain].map(encodeCertificatePem).join(''),
    validity: certificate.validity,
  }
}

/** Calls back after a delay; returns what cancels it. */
export type SetTimer = (callback: () => void, milliseconds: number) => () => void

/** Renews a serving certificate before it ends. */
export interface RenewalTimer {
  stop(): void
}

/**
 * Calls `renew` after two thirds of what a certificate has to live, less a random part of a twentieth; after a failure
 * again within a fortieth to a twentieth. The clock is looked at every minute, so that a machine that slept, or whose
 * clock was set, is not late.
 */
export function startRenewalTimer(options: {
  readonly validity: Validity
  /** Issues and installs the next certificate and returns its validity. */
  readonly renew: () => Promise<Validity>
  readonly onFailure: (error: unknown) => void
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
  readonly setTimer: SetTimer
}): RenewalTimer {
  const { now, random, setTimer } = options
  let isStopped = false
  let period = options.validity.notAfter.getTime() - now().getTime()
  let renewAt = chooseRenewalTime(options.validity)
  let cancel = arm()

  function chooseRenewalTime({ notAfter }: Validity): number {
    return notAfter.getTime() - period / 3 - drawFraction(random) * (period / 20)
  }

  function arm(): () => void {
    const delay = Math.min(Math.max(renewAt - now().getTime(), 0), 60_000)
    return setTimer(() => void look(), delay)
  }

  async function look(): Promise<void> {
    if (now().getTime() >= renewAt) await renew()
    if (!isStopped) cancel = arm()
  }

  async function renew(): Promise<void> {
    try {
      const validity = await options.renew()
      period = validity.notAfter.getTime() - now().getTime()
      renewAt = chooseRenewalTime(validity)
    } catch (error) {
      options.onFailure(error)
      renewAt = now().getTime() + (period / 40) * (1 + drawFraction(random))
    }
  }

  return {
    stop: () => {
      isStopped = true
      cancel()
    },
  }
}

function drawFraction(random: (length: number) => Uint8Array): number {
  return Buffer.from(random(4)).readUInt32BE() / 2 ** 32
}
