import { type KeyObject, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createCaClient } from '@mayfly/ca-client'
import { isRenewalDue, renewOnce } from '@mayfly/renew-scheduler'
import { type Certificate, parseCertificatePem } from '@mayfly/x509-profiles'

/** Where the certificate is, and who renews it. */
export interface Job {
  readonly certificatePath: string
  readonly privateKey: KeyObject
  readonly url: string
  /** The CA's root certificate in PEM. */
  readonly roots: string
}

/** For a timer that runs every few minutes: renews in the last eight hours, else returns undefined. */
export async function renewWhenDue({
  certificatePath,
  privateKey,
  url,
  roots,
}: Job): Promise<Certificate | undefined> {
  const [current] = parseCertificatePem(await readFile(certificatePath, 'utf8'))
  if (current === undefined) return undefined
  const { due } = isRenewalDue({
    notAfter: current.validity.notAfter,
    now: new Date(),
    expiresInMilliseconds: 8 * 3_600_000,
    random: randomBytes,
  })
  if (!due) return undefined
  const client = createCaClient({ url, roots })
  try {
    const now = () => new Date()
    return (await renewOnce({ certificatePath, privateKey, client, now })).certificate
  } finally {
    client.close()
  }
}
