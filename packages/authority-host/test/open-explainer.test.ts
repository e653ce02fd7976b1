import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { ExplainRequest } from '@mayfly/authority-core'
import { openExplainer } from '@mayfly/authority-host'
import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import {
  createCertificationRequest,
  createName,
  encodeCertificationRequestPem,
  parseCertificatePem,
} from '@mayfly/x509-profiles'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createKeylessSigner } from '../src/keyless-signer.ts'
import { copyStepFolder, editJson, type Folder } from './support/folder.ts'
import { createToken, now, open, provisionerKey, random, refusalOf, sign } from './support/host.ts'

const words = 'correct horse battery staple'

let step: Folder
let configurationPath: string
beforeEach(async () => {
  step = await copyStepFolder()
  configurationPath = step.file('config', 'ca.json')
})
afterEach(() => step[Symbol.asyncDispose]())

async function createRequest(oneTimeToken: string): Promise<ExplainRequest> {
  const request = await createCertificationRequest({
    subject: createName({ commonName: 'web.internal' }),
    subjectAltNames: [],
    signer: createSigner(await generatePrivateKey()),
  })
  return { certificationRequest: encodeCertificationRequestPem(request), oneTimeToken }
}

const useDatabase = (): Promise<void> =>
  editJson(configurationPath, {
    db: { type: 'sqlite', dataSource: step.file('db', 'ca.sqlite') },
  })

describe('an explainer', () => {
  test('asks for no password, and needs no key', async () => {
    await using host = await open(configurationPath, { password: async () => words })
    const token = await createToken(host, await provisionerKey(host, words))
    await rm(step.file('secrets'), { recursive: true })
    await using explainer = await openExplainer({ configurationPath, now, random })
    const explanation = await explainer.explain(await createRequest(token))
    expect(explanation.outcome).toBe('issued')
    expect(explanation.checks.find(({ check }) => check === 'unspent')?.found).toMatch(/^not known/)
  })

  test('knows what the server has stored, beside it', async () => {
    await useDatabase()
    await using host = await open(configurationPath, { password: async () => words })
    const key = await provisionerKey(host, words)
    const [spent, fresh] = [await createToken(host, key), await createToken(host, key)]
    await sign(host, spent)
    await using explainer = await openExplainer({ configurationPath, now, random })
    expect(await explainer.explain(await createRequest(spent))).toMatchObject({
      outcome: 'refused',
      refusal: { code: 'token_already_used' },
    })
    expect((await explainer.explain(await createRequest(fresh))).outcome).toBe('issued')
    expect(await sign(host, fresh)).toHaveProperty('serialNumber')
  })

  test('makes no database', async () => {
    await using host = await open(configurationPath, { password: async () => words })
    const token = await createToken(host, await provisionerKey(host, words))
    await useDatabase()
    await using explainer = await openExplainer({ configurationPath, now, random })
    expect((await explainer.explain(await createRequest(token))).outcome).toBe('issued')
    expect(existsSync(step.file('db', 'ca.sqlite'))).toBe(false)
  })

  test('refuses files as a server would', async () => {
    await editJson(configurationPath, { crt: step.file('certs', 'root_ca.crt.missing') })
    const opening = openExplainer({ configurationPath, now, random })
    expect((await refusalOf(opening)).code).toBe('certificate_unreadable')
  })
})

test('what stands for a key that was not loaded signs nothing', async () => {
  const [certificate] = parseCertificatePem(await step.readText('certs', 'intermediate_ca.crt'))
  if (certificate === undefined) throw new Error('there is no certificate')
  const signer = createKeylessSigner(certificate)
  expect(signer.algorithm).toBe('ES256')
  expect(signer.publicKey.type).toBe('public')
  expect((await refusalOf(signer.sign(new Uint8Array(1)))).code).toBe('key_not_loaded')
  expect(signer.withAlgorithm?.('ES512')?.algorithm).toBe('ES512')
  expect(signer.withAlgorithm?.('RS256')).toBeUndefined()
})
