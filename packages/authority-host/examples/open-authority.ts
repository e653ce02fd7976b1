import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initialisePki, openAuthority } from '@mayfly/authority-host'
import { generatePassword } from '@mayfly/keystore-hsm'

const ambient = {
  now: () => new Date(),
  random: (length: number) => new Uint8Array(randomBytes(length)),
}
const directory = await mkdtemp(join(tmpdir(), 'authority-'))
const password = generatePassword()

// Once: keys, certificates and ca.json, all or nothing.
const { paths, rootFingerprint } = await initialisePki({
  directory,
  name: 'Demo',
  password,
  server: {
    dnsNames: ['ca.internal'],
    address: ':443',
    provisionerName: 'ops',
    withDatabase: true,
  },
  ...ambient,
})

// At each start.
const host = await openAuthority({
  configurationPath: paths.configuration,
  password: async () => password,
  ...ambient,
})
const [provisioner] = host.authority.provisioners()
console.log(`${provisioner?.name} may ask, certificates are kept in ${host.store.kind}`)
console.log(host.authority.findRoot(rootFingerprint) !== undefined)

// When ca.json was edited: the store and its memory of spent tokens stay.
await host.reload()

await host.close()
await rm(directory, { recursive: true })
