import { createPublicKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeCertificatePem } from '@mayfly/x509-profiles'
import { expect, test } from 'vitest'
import { renewWhenDue } from '../examples/renew-when-due.ts'
import { generateKey, startRenewingCa } from './support/renewing-ca.ts'

test('the example renews in the last eight hours, and not before', async () => {
  await using ca = await startRenewingCa()
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-example-'))
  const certificatePath = join(folder, 'web.crt')
  const privateKey = generateKey()
  const publicKey = createPublicKey(privateKey)
  const job = { certificatePath, privateKey, url: ca.url, roots: encodeCertificatePem(ca.root) }

  writeFileSync(certificatePath, encodeCertificatePem(await ca.issue({ publicKey })))
  expect(await renewWhenDue(job)).toBeUndefined()

  const ending = await ca.issue({ publicKey, hours: [-17, 7] })
  writeFileSync(certificatePath, encodeCertificatePem(ending))
  const renewed = await renewWhenDue(job)
  expect(renewed?.serialNumber).not.toBe(ending.serialNumber)
  expect(ca.seen).toHaveLength(1)
  rmSync(folder, { recursive: true })
})

test.each(['renew-when-due', 'https-server', 'client-agent'])('the README shows %s', (name) => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = new URL(`../examples/${name}.ts`, import.meta.url)
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\``)
})
