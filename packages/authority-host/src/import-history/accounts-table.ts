import type { AcmeAccountRecord, ImportStore } from '@mayfly/db-adapters'
import { jwkThumbprint, parseJwk, publicJwkOf, TokenError } from '@mayfly/jwt-tokens'
import type { HistoryTable, Presence, Verdict } from './history-table.ts'
import { StepCaValue, textOf } from './step-ca-value.ts'

/** The ACME accounts, by the ids that stand in their clients' URLs. */
export const accountsTable: HistoryTable<AcmeAccountRecord> = {
  name: 'acme_accounts',
  judge: ({ key, value }) => readAccount(textOf(key), value),
  findPresent,
  // Whoever ended an account at step-ca since must find it ended here.
  toPart: (accounts, present) => ({
    accounts,
    endedAccounts: present.filter(({ status }) => status !== 'valid'),
  }),
}

/** Reads an account as step-ca keeps it. */
export function readAccount(id: string, value: Uint8Array): Verdict<AcmeAccountRecord> {
  const stored = StepCaValue.parse(value)
  if (stored === undefined) return refuse('its value is empty or no JSON object')
  if (!isAcmeId(id)) return refuse('its key is no id')
  const status = stored.text('status')
  if (status !== 'valid' && status !== 'deactivated' && status !== 'revoked') {
    return refuse(`its status is ${status ?? 'missing'}`)
  }
  const provisionerName = stored.text('provisionerName')
  if (provisionerName === undefined) return refuse('it names no provisioner')
  const key = readKey(stored.json('key'))
  if (key === undefined) return refuse('its key cannot be read')
  const createdAt = stored.time('createdAt')
  if (createdAt === undefined) return refuse('it does not say when it was made')
  const locationPrefix = stored.text('locationPrefix')
  const deactivatedAt = stored.time('deactivatedAt')
  const item: AcmeAccountRecord = {
    id,
    provisionerId: acmeProvisionerId(provisionerName),
    status,
    ...key,
    contacts: stored.texts('contact'),
    ...(locationPrefix === undefined ? {} : { locationPrefix }),
    createdAt,
    ...(deactivatedAt === undefined ? {} : { deactivatedAt }),
  }
  return { kind: 'keep', item }
}

/** An ACME provisioner's id, as `ca.json` gives it by its name. */
export function acmeProvisionerId(name: string): string {
  return `acme/${name}`
}

/** Ids of step-ca are 32 letters and digits. */
export function isAcmeId(id: string): boolean {
  return /^[\w-]{1,64}$/.test(id)
}

function refuse(reason: string): Verdict<never> {
  return { kind: 'refuse', reason }
}

function readKey(
  text: string | undefined,
): Pick<AcmeAccountRecord, 'publicKey' | 'thumbprint'> | undefined {
  if (text === undefined) return undefined
  try {
    const { kty, crv, x, y, n, e } = publicJwkOf(parseJwk(text))
    const publicKey = { kty, crv, x, y, n, e }
    const thumbprint = Buffer.from(jwkThumbprint(publicKey), 'base64url')
    return { publicKey: JSON.stringify(publicKey), thumbprint: new Uint8Array(thumbprint) }
  } catch (error) {
    if (error instanceof TokenError) return undefined
    throw error
  }
}

/** A crash, or two requests at the same moment, can have left two accounts with one key. */
async function findPresent(
  items: readonly AcmeAccountRecord[],
  imports: ImportStore,
): Promise<readonly Presence[]> {
  const present = await imports.findAccounts(items.map(({ id }) => id))
  const holders = new Map(await imports.findAccountsByKey(items))
  return items.map((item) => {
    if (present.has(item.id)) return 'present'
    const key = `${item.provisionerId} ${Buffer.from(item.thumbprint).toString('hex')}`
    const holder = holders.get(key)
    if (holder !== undefined) return { reason: `the account ${holder} has the same key` }
    holders.set(key, item.id)
    return 'absent'
  })
}
