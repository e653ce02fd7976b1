import { fromConnection, offlineFlags } from '../../ca/certificate-authority.ts'
import { confirmationFlags, loadConfirmation } from '../../ca/confirmation.ts'
import { connectionFlags, connectToCa } from '../../ca/connection.ts'
import { forceFlag } from '../../ca/force-flag.ts'
import { makeOneTimeToken, type TokenContents } from '../../ca/new-token.ts'
import { makeOfflineToken } from '../../ca/offline-token.ts'
import { provisionerFlags } from '../../ca/provisioner-choice.ts'
import { provisionerPasswordFlags } from '../../ca/provisioner-key.ts'
import { loadTemplateData, templateDataFlags } from '../../ca/template-data.ts'
import { parseTokenValidity } from '../../ca/token-validity.ts'
import { x5cCredentialFlags } from '../../ca/x5c-credential.ts'
import { confirmOverwrite, writeOutputFile } from '../../files/output-file.ts'
import {
  type CommandDefinition,
  defineCommand,
  type FlagValues,
} from '../../framework/command-definition.ts'
import { flagIncompatible, flagRequiresFlag } from '../../framework/errors.ts'
import { notOfferedFlags, refuseNotOffered } from '../../framework/not-offered.ts'
import { writeResult } from '../../framework/report.ts'

const later = notOfferedFlags({
  text: [
    'cert-not-before',
    'cert-not-after',
    'sshpop-cert',
    'sshpop-key',
    'nebula-cert',
    'nebula-key',
    'k8ssa-token-path',
    'kms',
  ],
  boolean: ['ssh', 'renew', 'rekey'],
})

const flags = {
  ...provisionerFlags,
  san: {
    type: 'text',
    value: 'dns|ip|email|uri',
    repeatable: true,
    help: 'A name that the certificate may carry; the subject alone if none is given.',
  },
  principal: { type: 'text', aliases: ['n'], repeatable: true, hidden: true, help: 'With --ssh.' },
  host: { type: 'boolean', hidden: true, help: 'With --ssh.' },
  revoke: {
    type: 'boolean',
    help: 'Make a token that revokes the certificate whose decimal serial number is the subject.',
  },
  'not-before': {
    type: 'text',
    value: 'time|duration',
    help: "When the token's validity starts; now if left out.",
  },
  'not-after': {
    type: 'text',
    value: 'time|duration',
    help: "When the token's validity ends; five minutes after its start if left out.",
  },
  ...provisionerPasswordFlags,
  key: {
    type: 'text',
    value: 'file',
    help: "The provisioner's private key (JWK, JWE or PEM), instead of the one the CA keeps.",
  },
  ...x5cCredentialFlags,
  'x5c-insecure': {
    type: 'boolean',
    help: 'Put the certificates into the header x5cInsecure instead of x5c.',
  },
  ...confirmationFlags,
  ...templateDataFlags,
  'output-file': {
    type: 'text',
    value: 'file',
    help: 'Write the token to this file instead of standard output.',
  },
  offline: { type: 'boolean', help: 'Make the token without asking the CA.' },
  'ca-config': offlineFlags['ca-config'],
  ...connectionFlags,
  ...forceFlag,
  ...later,
} as const

export const command: CommandDefinition = defineCommand({
  usage: '<subject>',
  summary: 'generate an OTT granting access to the CA',
  description:
    'mayfly ca token makes a one-time token with which somebody else can get one certificate for the subject, or with --revoke can revoke one.',
  example:
    '$ mayfly ca token foo.local --password-file password.txt > token\n$ mayfly ca certificate foo.local foo.crt foo.key --token-file token',
  positional: { minimum: 1, maximum: 1 },
  flags,
  async run(invocation) {
    const { io, positional } = invocation
    const [subject = ''] = positional
    assertFlagsAgree(invocation.flags)
    const contents = await gatherContents(invocation, subject)
    const path = invocation.flags['output-file']
    if (path !== undefined) await confirmOverwrite(io, path, { force: invocation.flags.force })
    const token = invocation.flags.offline
      ? await makeOfflineToken(invocation, contents)
      : await makeOnlineToken(invocation, contents)
    if (path === undefined) writeResult(io, `${token}\n`)
    else await writeOutputFile(path, token)
    return 0
  },
})

type TokenInvocation = Parameters<typeof makeOfflineToken>[0] & {
  readonly flags: FlagValues<typeof flags>
}

function assertFlagsAgree(given: FlagValues<typeof flags>): void {
  const { ssh, san, revoke, host, principal, offline, set } = given
  if (ssh && san.length > 0) throw flagIncompatible('ssh', 'san')
  if (host && !ssh) throw flagRequiresFlag('host', 'ssh')
  if (principal.length > 0 && !ssh) throw flagRequiresFlag('principal', 'ssh')
  if (revoke && san.length > 0) throw flagIncompatible('san', 'revoke')
  if (given['cnf-file'] !== undefined && given.cnf !== undefined) {
    throw flagIncompatible('cnf-file', 'cnf')
  }
  if (offline && set.length > 0) throw flagIncompatible('offline', 'set')
  if (offline && given['set-file'] !== undefined) throw flagIncompatible('offline', 'set-file')
  refuseNotOffered(given, later)
}

async function gatherContents(
  { io, flags: given }: TokenInvocation,
  subject: string,
): Promise<TokenContents> {
  const validity = parseTokenValidity(given, io.now())
  if (given.revoke) return { purpose: 'revoke', subject, validity }
  const confirmation = await loadConfirmation(io, given)
  return {
    purpose: 'sign',
    subject,
    sans: given.san.length > 0 ? given.san : [subject],
    user: (await loadTemplateData(io, given)) ?? {},
    validity,
    ...(confirmation === undefined ? {} : { confirmation }),
  }
}

async function makeOnlineToken(
  invocation: TokenInvocation,
  contents: TokenContents,
): Promise<string> {
  await using authority = fromConnection(await connectToCa(invocation))
  return await makeOneTimeToken(invocation.io, authority, invocation.flags, contents)
}
