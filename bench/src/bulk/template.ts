import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAuthority } from '@mayfly/authority-host'
import type { CertificateRecord } from '../../../packages/db-adapters/src/index.ts'
import { createIdentities, measuredName } from '../identities.ts'
import { createPki } from '../pki.ts'

/** A certificate as the authority issues and keeps it, its names {@link measuredName}. */
export async function issueTemplate(): Promise<CertificateRecord> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-bench-template-'))
  try {
    const database = { type: 'sqlite', dataSource: join(folder, 'mayfly.sqlite') }
    const { instances, passwordFile, createToken } = await createPki(folder, {
      database,
      instances: 1,
    })
    const password = readFileSync(passwordFile, 'utf8')
    await using host = await openAuthority({
      configurationPath: instances[0]?.configuration ?? '',
      password: async () => password,
      now: () => new Date(),
      random: (length) => randomBytes(length),
    })
    const [identity] = await createIdentities(1)
    const { certificate } = await host.authority.sign({
      certificationRequest: identity?.certificationRequest ?? '',
      oneTimeToken: await createToken(),
      requestId: '',
    })
    const record = await host.store.findCertificate(certificate.serialNumber)
    if (record === undefined) throw new Error(`the certificate of ${measuredName} is not kept`)
    return record
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
