import type { RevokeRequest } from '@mayfly/ca-client'
import type { ParsedToken } from '@mayfly/jwt-tokens'
import {
  fromConnection,
  offlineFlags,
  type ReachedAuthority,
  reachAuthority,
} from '../../ca/certificate-authority.ts'
import { connectionFlags, connectToCaOfToken } from '../../ca/connection.ts'
import { givenTokenFlags, loadGivenToken } from '../../ca/given-token.ts'
import { loadKeyPair } from '../../ca/key-pair.ts'
import { makeOneTimeToken } from '../../ca/new-token.ts'
import { provisionerFlags } from '../../ca/provisioner-choice.ts'
import { provisionerPasswordFlags } from '../../ca/provisioner-key.ts'
import { withTokenHint } from '../../ca/refused-token.ts'
import { parseReasonCode } from '../../ca/revocation-reason.ts'
import { parseSerialNumber } from '../../ca/serial-number.ts'
import { assertArgumentCount } from '../../framework/argument-count.ts'
import {
  type CommandDefinition,
  defineCommand,
  type FlagValues,
  type Invocation,
} from '../../framework/command-definition.ts'
import { CommandError, flagIncompatible, flagRequiresFlag } from '../../framework/errors.ts'
import { reportFact, reportLine } from '../../framework/report.ts'

const flags = {
  cert: { type: 'text', value: 'file', help: 'The certificate to revoke; its key vouches for it.' },
  key: { type: 'text', value: 'file', help: 'The private key of --cert.' },
  ...givenTokenFlags,
  reason: { type: 'text', value: 'text', help: 'Why, in free words.' },
  reasonCode: {
    type: 'text',
    value: 'code',
    environment: 'REASONCODE',
    help: 'Why, as a number from 0 to 10 or a name: keyCompromise, superseded, cessationOfOperation…; 0 (unspecified) if left out.',
  },
  'with-renewals': {
    type: 'boolean',
    help: 'Revoke as well every certificate that came of this one by renewal, and every one with its key. step-ca does not know this: there the certificate alone is revoked, and the command fails.',
  },
  ...provisionerFlags,
  ...provisionerPasswordFlags,
  ...connectionFlags,
  ...offlineFlags,
} as const

type RevokeInvocation = Invocation<typeof flags>

export const command: CommandDefinition = defineCommand({
  usage: '<serial-number>',
  summary: 'revoke a certificate',
  description:
    "mayfly ca revoke revokes a certificate, named by its serial number and vouched for by a provisioner's password or a token, or vouched for by its own key. Its renewal is refused from then on.",
  example:
    '$ mayfly ca revoke 59636004850364466675608080466579278406\n$ mayfly ca revoke --cert foo.crt --key foo.key',
  flags,
  async run(invocation) {
    const { io } = invocation
    const reasonCode = parseReasonCode(invocation.flags.reasonCode)
    assertFlagsAgree(invocation.flags)
    const plan =
      invocation.flags.cert === undefined
        ? await planBySerialNumber(invocation)
        : await planByKey(invocation, invocation.flags.cert)
    await using authority = plan.authority
    const { serialNumber, credential } = await plan.authorise()
    if (!authority.isOffline) reportFact(io, 'CA', authority.client.url)
    const withRenewals = invocation.flags['with-renewals']
    const revoked = await withTokenHint(io, plan.token, () =>
      authority.client.revoke({
        serialNumber,
        credential,
        reasonCode,
        reason: invocation.flags.reason ?? '',
        withRenewals,
      }),
    )
    for (const each of revoked ?? [serialNumber]) {
      reportLine(io, `Certificate with Serial Number ${each} has been revoked.`)
    }
    if (withRenewals && revoked === undefined) throw renewalsUnknown()
    return 0
  },
})

function renewalsUnknown(): CommandError {
  return new CommandError(
    'renewals_not_revoked',
    "the certificate itself was revoked, but not its renewals: this CA does not know '--with-renewals'. They stay good until they expire; revoke each by its serial number, which the CA's log tells with its renewal",
  )
}

interface RevocationPlan {
  readonly authority: ReachedAuthority
  /** The token that the user handed over. */
  readonly token?: ParsedToken
  authorise(): Promise<{
    readonly serialNumber: bigint
    readonly credential: RevokeRequest['credential']
  }>
}

function assertFlagsAgree(given: FlagValues<typeof flags>): void {
  const { cert, key, offline, token } = given
  const tokenFile = given['token-file']
  if (cert !== undefined && key === undefined) throw flagRequiresFlag('cert', 'key')
  if (key !== undefined && cert === undefined) throw flagRequiresFlag('key', 'cert')
  if (offline && token !== undefined) throw flagIncompatible('offline', 'token')
  if (offline && tokenFile !== undefined) throw flagIncompatible('offline', 'token-file')
  if (cert !== undefined && token !== undefined) throw flagIncompatible('cert', 'token')
  if (cert !== undefined && tokenFile !== undefined) throw flagIncompatible('cert', 'token-file')
}

async function planByKey(invocation: RevokeInvocation, cert: string): Promise<RevocationPlan> {
  if (invocation.positional.length > 0) {
    throw new CommandError(
      'arguments_wrong',
      `'${invocation.command} --cert <certificate> --key <key>' expects no additional positional arguments`,
    )
  }
  const identity = await loadKeyPair(invocation.io, cert, invocation.flags.key ?? '', {
    passwordFile: invocation.flags['password-file'],
  })
  const { serialNumber } = identity.certificate
  return {
    authority: await reachAuthority(invocation),
    authorise: async () => ({
      serialNumber,
      credential: {
        identity: {
          certificateChain: identity.chain,
          privateKey: identity.privateKey,
        },
      },
    }),
  }
}

async function planBySerialNumber(invocation: RevokeInvocation): Promise<RevocationPlan> {
  assertArgumentCount(invocation, { minimum: 1, maximum: 1 })
  const [text = ''] = invocation.positional
  const serialNumber = parseSerialNumber(text)
  const token = await loadGivenToken(
    invocation.io,
    invocation.flags,
    "error parsing flag '--token'",
  )
  if (token === undefined) {
    const authority = await reachAuthority(invocation)
    return {
      authority,
      authorise: async () => ({
        serialNumber,
        credential: {
          oneTimeToken: await makeOneTimeToken(
            invocation.io,
            authority,
            { ...invocation.flags, key: undefined },
            { purpose: 'revoke', subject: String(serialNumber) },
          ),
        },
      }),
    }
  }
  if (token.claims.sub !== String(serialNumber)) {
    throw new CommandError(
      'token_unfit',
      `token subject '${token.claims.sub}' and serial number '${serialNumber}' do not match`,
    )
  }
  return {
    authority: fromConnection(await connectToCaOfToken(invocation, token)),
    token,
    authorise: async () => ({ serialNumber, credential: { oneTimeToken: token.text } }),
  }
}
