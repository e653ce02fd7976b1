import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CaClient, createCaClient, loadRootByFingerprint } from '@mayfly/ca-client'
import { renewOnce } from '@mayfly/renew-scheduler'
import {
  certificateFingerprint,
  encodeCertificatePem,
  equalCertificates,
  parseCertificatePem,
  publicKeyOf,
} from '@mayfly/x509-profiles'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from './support/authority-folder.ts'
import { createCsr } from './support/certificates.ts'
import { type RunningServer, startServer } from './support/running-server.ts'

let folder: AuthorityFolder
let running: RunningServer
let client: CaClient

beforeAll(async () => {
  folder = await createAuthorityFolder()
  running = await startServer(folder)
  client = createCaClient({ url: `https://localhost:${running.port}`, roots: folder.rootPem })
})

afterAll(async () => {
  client.close()
  await running[Symbol.asyncDispose]()
  await folder.dispose()
})

describe('our own client', () => {
  test('reads what anyone may read', async () => {
    const [root] = parseCertificatePem(folder.rootPem)
    expect(root).toBeDefined()
    if (root === undefined) return
    expect(await client.health()).toMatchObject({ status: 'ok' })
    expect(await client.rootsPem()).toBe(folder.rootPem)
    expect((await client.federation()).every((each) => equalCertificates(each, root))).toBe(true)
    expect(await client.intermediates()).toHaveLength(1)
    expect(await client.provisioners()).toHaveLength(1)
    expect(await client.encryptedKey(folder.provisionerKey.kid ?? '')).toMatch(/^eyJ/)
    const fingerprint = certificateFingerprint(root)
    const loaded = await loadRootByFingerprint(client.url, fingerprint)
    expect(equalCertificates(loaded, root)).toBe(true)
  })

  test('lives a certificate’s life: sign, renew, rekey, revoke', async () => {
    const { csr, privateKey } = await createCsr()
    const signed = await client.sign({ csr, oneTimeToken: await running.createToken() })
    const identity = { certificateChain: signed.chain, privateKey }
    const renewed = await client.renew(identity)
    expect(publicKeyOf(renewed.certificate).equals(publicKeyOf(signed.certificate))).toBe(true)
    const next = await createCsr()
    const rekeyed = await client.rekey({ ...identity, csr: next.csr })
    const { serialNumber } = rekeyed.certificate
    const own = { certificateChain: rekeyed.chain, privateKey: next.privateKey }
    const request = { serialNumber, reasonCode: 0, reason: '', credential: { identity: own } }
    await client.revoke(request)
    await expect(client.revoke(request)).rejects.toMatchObject({ code: 'refused', status: 400 })
    await expect(client.renew(own)).rejects.toMatchObject({ code: 'refused', status: 401 })
  })

  test.each([true, false])('renews a file, by mutual TLS: %s', async (mutualTls) => {
    const { csr, privateKey } = await createCsr()
    const { chain } = await client.sign({ csr, oneTimeToken: await running.createToken() })
    const certificatePath = join(folder.directory, 'leaf.crt')
    const before = chain.map(encodeCertificatePem).join('')
    await writeFile(certificatePath, before)
    const { certificate } = await renewOnce({
      certificatePath,
      privateKey,
      client,
      mutualTls,
      now: () => new Date(),
    })
    const [written] = parseCertificatePem(await readFile(certificatePath, 'utf8'))
    expect(written && equalCertificates(written, certificate)).toBe(true)
    expect(await readFile(certificatePath, 'utf8')).not.toBe(before)
  })
})
