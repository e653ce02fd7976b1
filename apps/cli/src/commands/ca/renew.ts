import { renewOnce } from '@mayfly/renew-scheduler'
import { announceRenewal } from '../../ca/after-renewal.ts'
import { offlineFlags, reachAuthority } from '../../ca/certificate-authority.ts'
import { connectionFlags } from '../../ca/connection.ts'
import { withExpiryHint } from '../../ca/expiry-hint.ts'
import { withFailurePrefix } from '../../ca/failure-prefix.ts'
import { forceFlag } from '../../ca/force-flag.ts'
import { findKeepable, isDue, loadRenewable } from '../../ca/renewable.ts'
import { assertWithinValidity, parseRenewalFlags, renewalFlags } from '../../ca/renewal-flags.ts'
import { freshPassword } from '../../daemon/fresh-password.ts'
import { keepMany } from '../../daemon/keep-many.ts'
import { keepOne } from '../../daemon/keep-one.ts'
import { isSameFile } from '../../files/distinct-files.ts'
import { confirmOverwrite, reserveOutputFile } from '../../files/output-file.ts'
import { rememberedPassword } from '../../files/password.ts'
import { assertArgumentCount } from '../../framework/argument-count.ts'
import {
  type CommandDefinition,
  defineCommand,
  type FlagValues,
  type Invocation,
} from '../../framework/command-definition.ts'
import {
  CommandError,
  flagIncompatible,
  flagRequiredByCommand,
  flagRequiresFlag,
  notOfferedYet,
} from '../../framework/errors.ts'
import { reportLine } from '../../framework/report.ts'

const flags = {
  mtls: {
    type: 'boolean',
    whenAbsent: true,
    help: 'Show the certificate by mutual TLS, which is the default; --mtls=false sends a signed token.',
  },
  out: {
    type: 'text',
    value: 'file',
    aliases: ['output-file'],
    help: "Where to write the new certificate; in the old one's place if left out.",
  },
  ...renewalFlags,
  'renew-period': {
    type: 'text',
    value: 'duration',
    help: 'With --daemon, renew so long after each renewal instead of by the lifetime.',
  },
  config: {
    type: 'text',
    value: 'file|folder',
    environment: false,
    help: 'With --daemon, keep all certificates of this list, or of the lists in this folder, instead of one. A list is {"renewals": [{"certificate": "foo.crt", "key": "foo.key"}]}, where each may have out, exec, pid, pidFile, signal, expiresIn, renewPeriod, passwordFile, mtls and rekey; where it does not say, --mtls and --password-file hold.',
  },
  ...connectionFlags,
  ...offlineFlags,
  ...forceFlag,
} as const

export const command: CommandDefinition = defineCommand({
  usage: '<crt-file> <key-file>',
  summary: 'renew a valid certificate',
  description:
    'mayfly ca renew gets a new certificate for the names and the key of an old one, which vouches for it. The file is replaced as a whole.',
  example:
    '$ mayfly ca renew --force foo.crt foo.key\n$ mayfly ca renew --force --expires-in 4h foo.crt foo.key\n$ mayfly ca renew --daemon --exec "systemctl reload nginx" foo.crt foo.key\n$ mayfly ca renew --daemon --config renewals.json',
  flags,
  async run(invocation) {
    const { io, positional, flags: given } = invocation
    if (given.config !== undefined) return await keepList(invocation, given.config)
    assertArgumentCount(invocation, { minimum: 2, maximum: 2 })
    const [certificatePath = '', keyPath = ''] = positional
    if (!given.offline && given['ca-url'] === undefined) {
      throw flagRequiredByCommand(invocation.command, 'ca-url')
    }
    const period = { name: 'renew-period', value: given['renew-period'] }
    const plan = await parseRenewalFlags(io, given, period)
    const password = rememberedPassword(io, keyPath, given['password-file'])
    const files = { certificatePath, keyPath, password }
    const out = given.out ?? certificatePath
    if (isSameFile(out, keyPath)) {
      throw new CommandError(
        'flag_invalid',
        `the certificate cannot be written to ${out}: its key is there`,
      )
    }
    if (plan.isDaemon) {
      const kept = await findKeepable(io, { ...files, out: given.out })
      if (kept) assertWithinValidity(plan, period.name, kept.certificate.validity)
      await using authority = await reachAuthority(invocation)
      const entry = {
        certificatePath,
        key: {
          path: keyPath,
          password: freshPassword(io, given['password-file'], password),
        },
        client: authority.client,
        mutualTls: given.mtls,
        out: given.out,
        expiresInMilliseconds: plan.expiresIn,
        renewPeriodMilliseconds: plan.period,
      }
      await keepOne(io, entry, plan)
      return 0
    }
    const { certificate, privateKey } = await loadRenewable(io, files)
    assertWithinValidity(plan, period.name, certificate.validity)
    if (!isDue(io, plan, certificate.validity, 'renewed')) return 0
    await confirmOverwrite(io, out, given)
    await using file = await reserveOutputFile(out)
    await using authority = await reachAuthority(invocation)
    const { client } = authority
    const renew = () =>
      renewOnce({
        certificatePath,
        privateKey,
        client,
        out,
        writeFile: async (_, contents) => {
          await file.fill(contents)
          await file.publish()
        },
        mutualTls: given.mtls,
        now: io.now,
      })
    await withFailurePrefix('error renewing certificate', () =>
      withExpiryHint(io, certificate, renew),
    )
    reportLine(io, `Your certificate has been saved in ${out}.`)
    await announceRenewal(io, plan)
    return 0
  },
})

/** Keeps all certificates of a list, whose members say what the flags say of one; `--mtls` and `--password-file` hold for all. */
async function keepList(invocation: Invocation<typeof flags>, path: string): Promise<number> {
  const { command: name, flags: given, io } = invocation
  if (!given.daemon) throw flagRequiresFlag('config', 'daemon')
  assertArgumentCount(invocation, { minimum: 0, maximum: 0 })
  const other = flagsOfOne.find((flag) => given[flag] !== undefined)
  if (other !== undefined) throw flagIncompatible(other, 'config')
  if (given.kms !== undefined) throw notOfferedYet("flag '--kms'")
  if (!given.offline && given['ca-url'] === undefined) throw flagRequiredByCommand(name, 'ca-url')
  await using authority = await reachAuthority(invocation)
  await keepMany(io, path, {
    client: authority.client,
    mtls: given.mtls,
    passwordFile: given['password-file'],
  })
  return 0
}

const flagsOfOne = [
  'out',
  'exec',
  'pid',
  'pid-file',
  'signal',
  'expires-in',
  'renew-period',
] as const satisfies readonly (keyof FlagValues<typeof flags>)[]
