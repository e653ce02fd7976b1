import type { JsonObject } from '@mayfly/authority-core/config'
import { flagValueInvalid } from '../../framework/errors.ts'
import type { Io } from '../../io.ts'
import { listMember } from './members.ts'
import { loadBundle } from './x5c-flags.ts'

/** The flags of an ACME provisioner. */
export const acmeFlags = {
  'force-cn': {
    type: 'boolean',
    help: 'With --type ACME, give every certificate a common name.',
  },
  'require-eab': {
    type: 'boolean',
    help: 'With --type ACME, let only accounts in that are bound to an external one.',
  },
  challenge: {
    type: 'text',
    value: 'challenge',
    repeatable: true,
    help: 'With --type ACME, a challenge to offer: http-01, dns-01, tls-alpn-01, device-attest-01; the first three if left out.',
  },
  'attestation-format': {
    type: 'text',
    value: 'format',
    repeatable: true,
    help: 'With --type ACME, a format of device attestations: apple, step, tpm.',
  },
  'attestation-roots': {
    type: 'text',
    value: 'file',
    repeatable: true,
    help: 'With --type ACME, a PEM file of roots of device attestations.',
  },
} as const

/** The flags that only an update of an ACME provisioner has. */
export const acmeRemovalFlags = {
  'remove-challenge': {
    type: 'text',
    value: 'challenge',
    repeatable: true,
    help: 'A challenge to offer no longer.',
  },
  'remove-attestation-format': {
    type: 'text',
    value: 'format',
    repeatable: true,
    help: 'A format of device attestations to take no longer.',
  },
} as const

interface AcmeFlagValues {
  readonly 'force-cn': boolean
  readonly 'require-eab': boolean
  readonly challenge: readonly string[]
  readonly 'attestation-format': readonly string[]
  readonly 'attestation-roots': readonly string[]
  readonly 'remove-challenge'?: readonly string[]
  readonly 'remove-attestation-format'?: readonly string[]
}

/**
 * Returns the members that the given flags make of those of an ACME provisioner, `{}` for a new one. Lists are added to,
 * after the `--remove-…` flags have taken from them; what is off or empty is left out, as by step.
 *
 * @throws {CommandError} `flag_invalid`, `file_unreadable`, `certificate_unfit`
 */
export async function loadAcmeMembers(
  io: Io,
  flags: AcmeFlagValues,
  given: ReadonlySet<string>,
  present: JsonObject = {},
): Promise<JsonObject> {
  assertKnown('challenge', flags.challenge, challenges)
  assertKnown('attestation-format', flags['attestation-format'], formats)
  const changed: Record<string, unknown> = {}
  if (given.has('force-cn')) changed.forceCN = flags['force-cn'] || undefined
  if (given.has('require-eab')) changed.requireEAB = flags['require-eab'] || undefined
  if (given.has('challenge') || given.has('remove-challenge')) {
    const { challenge: added, 'remove-challenge': removed } = flags
    changed.challenges = combined(listMember(present, 'challenges'), { added, removed })
  }
  if (given.has('attestation-format') || given.has('remove-attestation-format')) {
    const { 'attestation-format': added, 'remove-attestation-format': removed } = flags
    changed.attestationFormats = combined(listMember(present, 'attestationFormats'), {
      added,
      removed,
    })
  }
  if (given.has('attestation-roots')) {
    changed.attestationRoots = await loadRoots(io, flags['attestation-roots'])
  }
  return changed
}

const challenges: Options = {
  names: new Set(['http-01', 'dns-01', 'tls-alpn-01', 'device-attest-01']),
  listed: 'http-01, dns-01, tls-alpn-01 and device-attest-01',
}

const formats: Options = {
  names: new Set(['apple', 'step', 'tpm']),
  listed: 'apple, step, and tpm',
}

interface Options {
  readonly names: ReadonlySet<string>
  readonly listed: string
}

function assertKnown(flag: string, values: readonly string[], { names, listed }: Options): void {
  const unknown = values.find((value) => !names.has(value.toLowerCase()))
  if (unknown !== undefined) {
    throw flagValueInvalid(flag, unknown, { detail: `options are ${listed}` })
  }
}

function combined(
  present: readonly string[],
  {
    added,
    removed = [],
  }: { readonly added: readonly string[]; readonly removed?: readonly string[] | undefined },
): readonly string[] | undefined {
  const gone = new Set(removed.map((each) => each.toLowerCase()))
  const left = present.filter((each) => !gone.has(each.toLowerCase()))
  const all = new Set([...left, ...added.map((each) => each.toLowerCase())])
  return all.size === 0 ? undefined : [...all]
}

async function loadRoots(io: Io, paths: readonly string[]): Promise<string | undefined> {
  const bundles: string[] = []
  for (const path of paths) {
    bundles.push(await loadBundle(io, path, `error reading certificates from ${path}`))
  }
  const pem = bundles.map((each) => Buffer.from(each, 'base64').toString()).join('')
  return pem === '' ? undefined : Buffer.from(pem).toString('base64')
}
