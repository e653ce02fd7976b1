import type { KeyObject } from 'node:crypto'
import { createSigner, encodePrivateKeyPem, generatePrivateKey } from '@mayfly/keystore-hsm'
import {
  createCertificationRequest,
  createName,
  encodeCertificationRequestPem,
} from '@mayfly/x509-profiles'
import { announceRenewal } from '../../ca/after-renewal.ts'
import { offlineFlags, reachAuthority } from '../../ca/certificate-authority.ts'
import { encodeChainPem } from '../../ca/certificate-chain.ts'
import { connectionFlags } from '../../ca/connection.ts'
import { withFailurePrefix } from '../../ca/failure-prefix.ts'
import { forceFlag } from '../../ca/force-flag.ts'
import { loadLeafKey } from '../../ca/key-pair.ts'
import { keyTypeFlags, parseKeyType } from '../../ca/key-type-flags.ts'
import { findKeepable, isDue, loadRenewable } from '../../ca/renewable.ts'
import { assertWithinValidity, parseRenewalFlags, renewalFlags } from '../../ca/renewal-flags.ts'
import { freshPassword } from '../../daemon/fresh-password.ts'
import { keepOne } from '../../daemon/keep-one.ts'
import { isSameFile } from '../../files/distinct-files.ts'
import { confirmOverwrite, reserveOutputFile } from '../../files/output-file.ts'
import { rememberedPassword } from '../../files/password.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError, flagIncompatible, flagRequiredByCommand } from '../../framework/errors.ts'
import { reportFact } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<crt-file> <key-file>',
  summary: 'rekey a valid certificate',
  description:
    'mayfly ca rekey gets a certificate with the same names and a new key; the old certificate and key vouch for it.',
  example: '$ mayfly ca rekey --force foo.crt foo.key',
  positional: { minimum: 2, maximum: 2 },
  flags: {
    'out-cert': {
      type: 'text',
      value: 'file',
      help: "Where to write the new certificate; in the old one's place if left out.",
    },
    'out-key': {
      type: 'text',
      value: 'file',
      help: "Where to write the new key; in the old one's place if left out.",
    },
    'private-key': {
      type: 'text',
      value: 'file',
      help: 'Use this private key instead of a new one; it is written nowhere without --out-key.',
    },
    ...keyTypeFlags,
    ...renewalFlags,
    'rekey-period': {
      type: 'text',
      value: 'duration',
      help: 'With --daemon, rekey so long after each time instead of by the lifetime.',
    },
    ...connectionFlags,
    ...offlineFlags,
    ...forceFlag,
  },
  async run(invocation) {
    const { io, positional, flags } = invocation
    const [certificatePath = '', keyPath = ''] = positional
    if (!flags.offline && flags['ca-url'] === undefined) {
      throw flagRequiredByCommand(invocation.command, 'ca-url')
    }
    const period = { name: 'rekey-period', value: flags['rekey-period'] }
    const plan = await parseRenewalFlags(io, flags, period)
    const keyType = parseKeyType(flags)
    const password = rememberedPassword(io, keyPath, flags['password-file'])
    const files = { certificatePath, keyPath, password }
    if (plan.isDaemon && flags['private-key'] !== undefined) {
      throw flagIncompatible('private-key', 'daemon')
    }
    const certificateOut = flags['out-cert'] ?? certificatePath
    const keyOut = flags['out-key'] ?? (flags['private-key'] === undefined ? keyPath : undefined)
    const keyPaths = [keyOut, keyPath, flags['private-key']].filter((path) => path !== undefined)
    if (keyPaths.some((path) => isSameFile(certificateOut, path))) {
      throw new CommandError(
        'flag_invalid',
        `the certificate cannot be written to ${certificateOut}: a key is there`,
      )
    }
    if (plan.isDaemon) {
      const written = { out: flags['out-cert'], keyOut: flags['out-key'] }
      const kept = await findKeepable(io, { ...files, ...written })
      if (kept) assertWithinValidity(plan, period.name, kept.certificate.validity)
      await using authority = await reachAuthority(invocation)
      const entry = {
        certificatePath,
        key: {
          path: keyPath,
          password: freshPassword(io, flags['password-file'], password),
        },
        client: authority.client,
        rekey: { keyType: flags.kty === undefined ? undefined : keyType, keyOut: flags['out-key'] },
        out: flags['out-cert'],
        expiresInMilliseconds: plan.expiresIn,
        renewPeriodMilliseconds: plan.period,
      }
      await keepOne(io, entry, plan)
      return 0
    }
    const current = await loadRenewable(io, files)
    const { validity } = current.certificate
    assertWithinValidity(plan, period.name, validity)
    if (validity.notAfter <= io.now()) {
      throw new CommandError('certificate_unfit', 'cannot rekey an expired certificate', {
        hint: "'mayfly ca certificate' gets a new one, with a token or a provisioner's password",
      })
    }
    if (!isDue(io, plan, validity, 'rekeyed')) return 0
    await confirmOverwrite(io, certificateOut, flags)
    if (keyOut !== undefined) await confirmOverwrite(io, keyOut, flags)
    const newKey =
      flags['private-key'] === undefined
        ? await generatePrivateKey(keyType)
        : await loadLeafKey(io, flags['private-key'], { passwordFile: flags['password-file'] })

    await using certificateFile = await reserveOutputFile(certificateOut)
    await using keyFile = keyOut === undefined ? undefined : await reserveOutputFile(keyOut)
    await keyFile?.fill(await encodePrivateKeyPem(newKey))
    await using authority = await reachAuthority(invocation)
    const { client } = authority
    const csr = await encodeKeyRequest(newKey)
    const { chain } = await withFailurePrefix('error rekeying certificate', () =>
      client.rekey({ certificateChain: current.chain, privateKey: current.privateKey, csr }),
    )
    await certificateFile.fill(encodeChainPem(chain))
    await keyFile?.publish()
    await certificateFile.publish()
    reportFact(io, 'Certificate', certificateOut)
    if (keyOut !== undefined) reportFact(io, 'Private Key', keyOut)
    await announceRenewal(io, plan)
    return 0
  },
})

/** Only the key of the request counts. */
async function encodeKeyRequest(key: KeyObject): Promise<string> {
  return encodeCertificationRequestPem(
    await createCertificationRequest({
      subject: createName({}),
      subjectAltNames: [],
      signer: createSigner(key),
    }),
  )
}
