import { formatCertificateShort } from '@mayfly/x509-profiles'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { printable } from '../../framework/printable.ts'
import { writeResult } from '../../framework/report.ts'
import { findChosenStores, trustStoreFlags } from '../../trust-store/chosen-stores.ts'
import { loadTrustAnchor } from '../../trust-store/trust-anchor.ts'
import { createWorkshop } from '../../trust-store/workshop.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<crt-file>',
  summary: 'uninstall a root certificate from the supported trust stores',
  description:
    'mayfly certificate uninstall takes a root certificate out of the trust stores into which install put it. Give the same --prefix.',
  example: '$ mayfly certificate uninstall root_ca.crt',
  positional: { minimum: 1, maximum: 1 },
  flags: { ...trustStoreFlags },
  async run({ positional: [path = ''], flags, io }) {
    const anchor = await loadTrustAnchor(io, path, flags.prefix)
    for (const store of findChosenStores(createWorkshop(io), flags)) await store.uninstall(anchor)
    writeResult(io, `Certificate ${printable(path)} has been removed.\n`)
    writeResult(io, formatCertificateShort(anchor.certificate))
    return 0
  },
})
