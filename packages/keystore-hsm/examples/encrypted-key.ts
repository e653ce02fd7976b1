import { verify } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  changePassword,
  createSigner,
  generatePassword,
  generatePrivateKey,
  loadPrivateKey,
  writePrivateKey,
} from '@mayfly/keystore-hsm'

const folder = await mkdtemp(join(tmpdir(), 'keys-'))
const path = join(folder, 'intermediate_ca_key')
const password = generatePassword()

await writePrivateKey(path, await generatePrivateKey({ kty: 'EC', crv: 'P-256' }), { password })

const newPassword = generatePassword()
await changePassword(path, { oldPassword: password, newPassword })

const signer = createSigner(await loadPrivateKey(path, { password: newPassword }))
const message = new TextEncoder().encode('to be signed')
const signature = await signer.sign(message)
console.log(signer.algorithm, verify('sha256', message, signer.publicKey, signature))

await rm(folder, { recursive: true })
