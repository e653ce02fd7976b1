import type { ParsedToken } from '@mayfly/jwt-tokens'
import { findCommonName } from '@mayfly/x509-profiles'
import { offlineFlags } from '../../ca/certificate-authority.ts'
import { certificateValidityFlags, requestedValidity } from '../../ca/certificate-validity-flags.ts'
import { requestChainForToken } from '../../ca/chain-for-token.ts'
import { fingerprintOfRequest } from '../../ca/confirmation.ts'
import { connectionFlags } from '../../ca/connection.ts'
import { forceFlag } from '../../ca/force-flag.ts'
import { givenTokenFlags, loadGivenToken } from '../../ca/given-token.ts'
import { laterIssuanceFlags } from '../../ca/later-issuance-flags.ts'
import { provisionerFlags } from '../../ca/provisioner-choice.ts'
import { provisionerPasswordFlags } from '../../ca/provisioner-key.ts'
import { loadTemplateData, templateDataFlags } from '../../ca/template-data.ts'
import { obtainToken } from '../../ca/token-for-signing.ts'
import { x5cCredentialFlags } from '../../ca/x5c-credential.ts'
import { loadSignedRequest } from '../../certificates/signed-request.ts'
import { confirmOverwrite, reserveOutputFile } from '../../files/output-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError, flagIncompatible } from '../../framework/errors.ts'
import { notOfferedFlags, refuseNotOffered } from '../../framework/not-offered.ts'
import { reportFact } from '../../framework/report.ts'

const later = notOfferedFlags(laterIssuanceFlags)

export const command: CommandDefinition = defineCommand({
  usage: '<csr-file> <crt-file>',
  summary: 'generate a new certificate signing a certificate request',
  description:
    'mayfly ca sign gets a certificate for a certificate signing request, with a one-time token or with the password of a provisioner.',
  example: '$ mayfly ca sign foo.csr foo.crt --token-file token',
  positional: { minimum: 2, maximum: 2 },
  flags: {
    ...givenTokenFlags,
    ...provisionerFlags,
    ...provisionerPasswordFlags,
    ...x5cCredentialFlags,
    ...certificateValidityFlags,
    ...templateDataFlags,
    ...connectionFlags,
    ...offlineFlags,
    ...forceFlag,
    ...later,
  },
  async run(invocation) {
    const { io, positional, flags } = invocation
    const [requestPath = '', certificatePath = ''] = positional
    const given = await loadGivenToken(io, flags)
    if (given !== undefined && flags.offline) throw flagIncompatible('offline', 'token')
    refuseNotOffered(flags, later)
    const csr = await loadSignedRequest(io, requestPath, {
      invalid: 'csr has invalid signature',
    })
    const commonName = findCommonName(csr.subject) ?? ''
    if (given !== undefined) assertTokenFits(given, commonName)
    const validity = requestedValidity(flags, io.now())
    const templateData = await loadTemplateData(io, flags)
    await confirmOverwrite(io, certificatePath, flags)

    await using certificateFile = await reserveOutputFile(certificatePath)
    await using access = await obtainToken(invocation, given, () => ({
      purpose: 'sign',
      subject: commonName,
      sans: csr.subjectAltNames.map(({ value }) => value),
      confirmation: fingerprintOfRequest(csr),
    }))
    const { authority, token } = access
    if (!authority.isOffline) reportFact(io, 'CA', authority.client.url)
    const request = { client: authority.client, csr, token, validity, templateData }
    await certificateFile.fill(await requestChainForToken(io, request))
    await certificateFile.publish()
    reportFact(io, 'Certificate', certificatePath)
    return 0
  },
})

function assertTokenFits({ claims }: ParsedToken, commonName: string): void {
  if (claims.sub === commonName) return
  throw new CommandError(
    'token_unfit',
    `token subject '${claims.sub}' and CSR CommonName '${commonName}' do not match`,
  )
}
