import { randomBytes } from 'node:crypto'
import {
  createOneTimeToken,
  generateProvisionerKey,
  importVerificationKey,
  openPrivateJwk,
  parseToken,
  sealPrivateJwk,
  tokenIdentity,
  verifyToken,
} from '@mayfly/jwt-tokens'

// Once: a provisioner key. The CA keeps the public part and hands out the sealed private one.
const { publicJwk, privateJwk } = await generateProvisionerKey()
const encryptedKey = await sealPrivateJwk(privateJwk, 'correct horse battery staple')

// Who knows the password makes a token, good for one certificate within five minutes.
const token = await createOneTimeToken({
  key: await openPrivateJwk(encryptedKey, 'correct horse battery staple'),
  issuer: 'admin',
  subject: 'web.internal',
  sans: ['web.internal'],
  audience: 'https://ca.internal/1.0/sign',
  now: () => new Date(),
  random: randomBytes,
})

// The CA checks the signature, then every claim, and remembers the token by its identity.
const verified = await verifyToken(parseToken(token), importVerificationKey(publicJwk), {
  issuer: 'admin',
  audiences: ['https://ca.internal/1.0/sign'],
  now: new Date(),
})
const identity = tokenIdentity(verified, `admin:${publicJwk.kid}`)

console.log(`${verified.claims.sub} may have ${verified.claims.sans?.join(', ')}`)
console.log(`remembered by ${identity.length} octets`)
