import { CommandError, flagValueInvalid, notOfferedYet } from '../framework/errors.ts'
import { reportFact } from '../framework/report.ts'
import type { Io } from '../io.ts'
import { withQuestions } from '../terminal/questions.ts'
import { wantsX5c, type X5cCredentialFlagValues } from './x5c-credential.ts'

/** The flags by which the user picks a provisioner. */
export const provisionerFlags = {
  kid: { type: 'text', value: 'kid', help: "The provisioner's key id." },
  provisioner: {
    type: 'text',
    value: 'name',
    aliases: ['issuer'],
    help: "The provisioner's name; asked for if there are several.",
  },
} as const

/** A provisioner that takes tokens made here. */
export interface ChosenProvisioner {
  /** Whether its tokens are signed by a JSON Web Key, or by the key of a certificate. */
  readonly type: 'JWK' | 'X5C'
  readonly name: string
  readonly keyId: string
  /** Its private key under its password, when it has one and the listing shows it. */
  readonly encryptedKey: string | undefined
}

interface ListedProvisioner {
  readonly type: string
  readonly name: string
  readonly keyId: string
  readonly encryptedKey: string | undefined
  /** As step shows it: `admin (JWK) [kid: …]`. */
  readonly shown: string
}

/**
 * Picks the provisioner that will vouch for a token: by the kind of the credential, by `--kid` and `--provisioner`, and
 * where several are left by asking; tells the user which.
 *
 * @throws {CommandError} `provisioner_unfit`, `flag_invalid`, `not_offered`
 */
export async function chooseProvisioner(
  io: Io,
  listing: readonly unknown[],
  {
    kid,
    provisioner: name,
    ...credential
  }: X5cCredentialFlagValues & {
    readonly kid: string | undefined
    readonly provisioner: string | undefined
  },
): Promise<ChosenProvisioner> {
  const all = listing.map(readListed).filter((each) => each !== undefined)
  if (all.length === 0) {
    throw new CommandError(
      'provisioner_unfit',
      'cannot create a new token: the CA does not have any provisioner configured',
    )
  }
  const fitting = wantsX5c(credential) ? all.filter(({ type }) => type === 'X5C') : all
  if (fitting.length === 0) {
    throw new CommandError(
      'provisioner_unfit',
      'cannot create a new token: the CA does not have any provisioner of type X5C',
    )
  }
  const byKey = kid === undefined ? fitting : fitting.filter((each) => each.keyId === kid)
  if (kid !== undefined && byKey.length === 0) throw flagValueInvalid('kid', kid)
  const left = name === undefined ? byKey : byKey.filter((each) => each.name === name)
  if (name !== undefined && left.length === 0) throw flagValueInvalid('provisioner', name)
  const chosen = left.length === 1 ? left[0] : await askProvisioner(io, left)
  if (chosen === undefined) throw new TypeError('a choice beyond the list')
  reportFact(io, 'Provisioner', chosen.shown)
  return asChosen(chosen)
}

async function askProvisioner(
  io: Io,
  provisioners: readonly ListedProvisioner[],
): Promise<ListedProvisioner | undefined> {
  const instead = 'the provisioner was to be asked: use --provisioner NAME or --kid KID'
  const index = await withQuestions(io, instead, ({ askChoice }) =>
    askChoice(
      'What provisioner key do you want to use?',
      provisioners.map(({ shown }) => shown),
    ),
  )
  return provisioners[index]
}

function asChosen({ type, name, keyId, encryptedKey }: ListedProvisioner): ChosenProvisioner {
  if (type === 'JWK' || type === 'X5C') return { type, name, keyId, encryptedKey }
  if (type === 'ACME' || type === 'SCEP') {
    throw new CommandError(
      'provisioner_unfit',
      `mayfly ${type} provisioners do not support token auth flows`,
    )
  }
  throw notOfferedYet(`a token of a provisioner of type '${type}'`)
}

function readListed(value: unknown): ListedProvisioner | undefined {
  const type = member(value, 'type')
  const name = member(value, 'name')
  if (typeof type !== 'string' || typeof name !== 'string') return undefined
  const upperType = type.toUpperCase()
  const keyId = member(upperType === 'OIDC' ? value : member(value, 'key'), idMember(upperType))
  const id = typeof keyId === 'string' ? keyId : ''
  const encryptedKey = member(value, 'encryptedKey')
  return {
    type: upperType,
    name,
    keyId: id,
    encryptedKey:
      typeof encryptedKey === 'string' && encryptedKey !== '' ? encryptedKey : undefined,
    shown: `${name} (${type})${id === '' ? '' : ` [${upperType === 'OIDC' ? 'client' : 'kid'}: ${id}]`}`,
  }
}

function idMember(type: string): string {
  return type === 'OIDC' ? 'clientID' : 'kid'
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return Object.entries(value).find(([key]) => key === name)?.[1]
}
