import { formatCertificateShort } from '@mayfly/x509-profiles'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { printable } from '../../framework/printable.ts'
import { writeResult } from '../../framework/report.ts'
import { findChosenStores, trustStoreFlags } from '../../trust-store/chosen-stores.ts'
import { loadTrustAnchor } from '../../trust-store/trust-anchor.ts'
import { createWorkshop } from '../../trust-store/workshop.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<crt-file>',
  summary: 'install a root certificate in the supported trust stores',
  description:
    "mayfly certificate install puts a root certificate into the trust store of the system (Linux), and into Java's and Firefox's on request. It uses sudo where it has to and can.",
  example: '$ mayfly certificate install root_ca.crt',
  positional: { minimum: 1, maximum: 1 },
  flags: { ...trustStoreFlags },
  async run({ positional: [path = ''], flags, io }) {
    const anchor = await loadTrustAnchor(io, path, flags.prefix)
    for (const store of findChosenStores(createWorkshop(io), flags)) await store.install(anchor)
    writeResult(io, `Certificate ${printable(path)} has been installed.\n`)
    writeResult(io, formatCertificateShort(anchor.certificate))
    return 0
  },
})
