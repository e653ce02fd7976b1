import type { ParsedToken } from '@mayfly/jwt-tokens'
import { createSigner, encodePrivateKeyPem, generatePrivateKey } from '@mayfly/keystore-hsm'
import { createCertificationRequest, createName, guessGeneralName } from '@mayfly/x509-profiles'
import { offlineFlags } from '../../ca/certificate-authority.ts'
import { certificateValidityFlags, requestedValidity } from '../../ca/certificate-validity-flags.ts'
import { requestChainForToken } from '../../ca/chain-for-token.ts'
import { connectionFlags } from '../../ca/connection.ts'
import { forceFlag } from '../../ca/force-flag.ts'
import { givenTokenFlags, loadGivenToken } from '../../ca/given-token.ts'
import { keyTypeFlags, parseKeyType } from '../../ca/key-type-flags.ts'
import { laterIssuanceFlags } from '../../ca/later-issuance-flags.ts'
import { provisionerFlags } from '../../ca/provisioner-choice.ts'
import { provisionerPasswordFlags } from '../../ca/provisioner-key.ts'
import { loadTemplateData, templateDataFlags } from '../../ca/template-data.ts'
import { obtainToken } from '../../ca/token-for-signing.ts'
import { x5cCredentialFlags } from '../../ca/x5c-credential.ts'
import { isSameFile } from '../../files/distinct-files.ts'
import { clearKeyMode, confirmOverwrite, reserveOutputFile } from '../../files/output-file.ts'
import {
  type CommandDefinition,
  defineCommand,
  type FlagValues,
} from '../../framework/command-definition.ts'
import { CommandError, flagIncompatible, flagsMutuallyExclusive } from '../../framework/errors.ts'
import { notOfferedFlags, refuseNotOffered } from '../../framework/not-offered.ts'
import { reportFact } from '../../framework/report.ts'

const later = notOfferedFlags({
  text: [
    ...laterIssuanceFlags.text,
    'attestation-uri',
    'attestation-ca-url',
    'attestation-ca-root',
    'tpm-storage-directory',
  ],
  boolean: laterIssuanceFlags.boolean,
})

const flags = {
  ...givenTokenFlags,
  san: {
    type: 'text',
    value: 'dns|ip|email|uri',
    repeatable: true,
    help: 'A name that the certificate carries; the subject alone if none is given.',
  },
  ...provisionerFlags,
  ...provisionerPasswordFlags,
  ...x5cCredentialFlags,
  ...certificateValidityFlags,
  ...keyTypeFlags,
  ...templateDataFlags,
  ...connectionFlags,
  ...offlineFlags,
  ...forceFlag,
  ...later,
} as const

export const command: CommandDefinition = defineCommand({
  usage: '<subject> <crt-file> <key-file>',
  summary: 'generate a new private key and certificate signed by the root certificate',
  description:
    'mayfly ca certificate makes a private key and gets a certificate for it from the CA, with a one-time token or with the password of a provisioner. The certificate file holds the intermediate as well. Existing files are asked about before the token is used.',
  example:
    '$ mayfly ca certificate foo.local foo.crt foo.key\n$ mayfly ca certificate foo.local foo.crt foo.key --token-file token',
  positional: { minimum: 3, maximum: 3 },
  flags,
  async run(invocation) {
    const { io, positional, flags: given } = invocation
    const [subject = '', certificatePath = '', keyPath = ''] = positional
    const keyType = parseKeyType(given)
    const token = await loadGivenToken(io, given)
    assertFlagsAgree(given, token, subject)
    if (certificatePath === keyPath || isSameFile(certificatePath, keyPath)) {
      throw new CommandError(
        'arguments_wrong',
        `positional arguments <crt-file> and <key-file> cannot be equal in '${invocation.usage}'`,
      )
    }
    const validity = requestedValidity(given, io.now())
    const templateData = await loadTemplateData(io, given)
    for (const path of [certificatePath, keyPath]) await confirmOverwrite(io, path, given)

    await using keyFile = await reserveOutputFile(keyPath, { maximumMode: clearKeyMode })
    await using certificateFile = await reserveOutputFile(certificatePath)
    const privateKey = await generatePrivateKey(keyType)
    await keyFile.fill(await encodePrivateKeyPem(privateKey))

    const sans = given.san.length > 0 ? given.san : [subject]
    await using access = await obtainToken(invocation, token, () => ({
      purpose: 'sign',
      subject,
      sans,
    }))
    const { authority, token: spent } = access
    if (!authority.isOffline) reportFact(io, 'CA', authority.client.url)
    const csr = await createCertificationRequest({
      subject: createName({ commonName: spent.claims.sub }),
      subjectAltNames: namesOf(spent, given.san).map(guessGeneralName),
      signer: createSigner(privateKey),
    })
    const request = { client: authority.client, csr, token: spent, validity, templateData }
    await certificateFile.fill(await requestChainForToken(io, request))
    await keyFile.publish()
    await certificateFile.publish()
    reportFact(io, 'Certificate', certificatePath)
    reportFact(io, 'Private Key', keyPath)
    return 0
  },
})

function assertFlagsAgree(
  given: FlagValues<typeof flags>,
  token: ParsedToken | undefined,
  subject: string,
): void {
  if (token !== undefined && given.offline) throw flagIncompatible('offline', 'token')
  if (token !== undefined && given.san.length > 0) throw flagsMutuallyExclusive('token', 'san')
  if (given.standalone && given.webroot !== undefined) {
    throw flagsMutuallyExclusive('standalone', 'webroot')
  }
  refuseNotOffered(given, later)
  if (token !== undefined && token.claims.sub !== subject) {
    throw new CommandError(
      'token_unfit',
      `token subject '${token.claims.sub}' and argument '${subject}' do not match`,
    )
  }
}

/** The names of `--san` and of the token, each once, in that order. */
function namesOf({ claims }: ParsedToken, asked: readonly string[]): readonly string[] {
  const names = [...new Set([...asked, ...(claims.sans ?? [])])]
  return names.length > 0 ? names : [claims.sub]
}
