import type {
  AcmeAuthorizationRecord,
  AcmeChallengeRecord,
  AcmeIdentifier,
  AcmeOrderRecord,
  CertificateRecord,
} from '@mayfly/db-adapters'
import { ProfileError, parsePem } from '@mayfly/x509-profiles'
import { isAcmeId, readAccount } from './accounts-table.ts'
import { type AuthorizedIdentifier, readAuthorization } from './authorization.ts'
import { findRow, type HistoryReading, type HistoryTable, type Verdict } from './history-table.ts'
import { StepCaValue, textOf } from './step-ca-value.ts'

/** An order with all that hangs on it. */
interface WholeOrder {
  readonly order: AcmeOrderRecord
  readonly authorizations: readonly AcmeAuthorizationRecord[]
  readonly challenges: readonly AcmeChallengeRecord[]
  /** The certificate of a valid order, which most often is there already. */
  readonly certificate?: CertificateRecord
}

/**
 * The ACME orders that still matter: open ones with their authorizations and challenges, so that their clients go on where
 * they stood; and those whose certificate is still good, so that it can be fetched, and revoked by its account. step-ca
 * looks for the status of an order when it is read; here it is looked for once, when it is taken over.
 */
export const ordersTable: HistoryTable<WholeOrder> = {
  name: 'acme_orders',

  async judge({ key, value }, reading) {
    const stored = StepCaValue.parse(value)
    if (stored === undefined) return refuse('its value is empty or no JSON object')
    const common = await readCommon(textOf(key), stored, reading)
    if (common.kind !== 'keep') return common
    const { item } = common
    const status = stored.text('status')
    switch (status) {
      case 'pending':
      case 'ready':
        if (item.expiresAt <= reading.now) return { kind: 'unneeded', note: 'expired' }
        return readOpen(item, stored, reading)
      case 'valid':
        if (item.notAfter !== undefined && item.notAfter <= reading.now) {
          return { kind: 'unneeded', note: 'its certificate has expired' }
        }
        return readValid(item, stored, reading)
      case 'invalid':
        return { kind: 'unneeded', note: 'invalid' }
      default:
        return refuse(`its status is ${status ?? 'missing'}`)
    }
  },

  async findPresent(items, imports) {
    const present = await imports.findOrders(items.map(({ order }) => order.id))
    const accountIds = [...new Set(items.map(({ order }) => order.accountId))]
    const accounts = await imports.findAccounts(accountIds)
    return items.map(({ order: { id, accountId } }) => {
      if (present.has(id)) return 'present'
      return accounts.has(accountId)
        ? 'absent'
        : { reason: `its account ${accountId} was not taken over` }
    })
  },

  toPart: (items) => ({
    certificates: items.flatMap(({ certificate }) => certificate ?? []),
    orders: items.map(({ order }) => order),
    authorizations: items.flatMap(({ authorizations }) => authorizations),
    challenges: items.flatMap(({ challenges }) => challenges),
  }),
}

/** What orders of any status have. */
type CommonOrder = Omit<Extract<AcmeOrderRecord, { status: 'pending' | 'ready' }>, 'status'>

function refuse(reason: string): Verdict<never> {
  return { kind: 'refuse', reason }
}

async function readCommon(
  id: string,
  stored: StepCaValue,
  { source }: HistoryReading,
): Promise<Verdict<CommonOrder>> {
  const accountId = stored.text('accountID')
  const [createdAt, expiresAt] = [stored.time('createdAt'), stored.time('expiresAt')]
  if (!isAcmeId(id) || accountId === undefined) return refuse('it has no id or no account')
  if (createdAt === undefined || expiresAt === undefined) return refuse('its times are missing')
  const row = await findRow(source, 'acme_accounts', accountId)
  if (row === undefined) return refuse(`its account ${accountId} is missing`)
  const account = readAccount(accountId, row)
  if (account.kind !== 'keep') return refuse(`its account ${accountId} cannot be read`)
  const [notBefore, notAfter] = [stored.time('notBefore'), stored.time('notAfter')]
  const item: CommonOrder = {
    id,
    accountId,
    provisionerId: account.item.provisionerId,
    identifiers: stored.objects('identifiers').map(readIdentifier),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(notAfter === undefined ? {} : { notAfter }),
    createdAt,
    expiresAt,
  }
  return { kind: 'keep', item }
}

/** Reads a name as it stands in orders and authorizations. */
function readIdentifier(stored: StepCaValue): AcmeIdentifier {
  return { type: stored.text('type') ?? '', value: stored.text('value') ?? '' }
}

async function readOpen(
  common: CommonOrder,
  stored: StepCaValue,
  reading: HistoryReading,
): Promise<Verdict<WholeOrder>> {
  const authorized: AuthorizedIdentifier[] = []
  for (const [position, id] of stored.texts('authorizationIDs').entries()) {
    const found = await readAuthorization(reading, id, { orderId: common.id, position })
    if (typeof found === 'string') return refuse(found)
    authorized.push(found)
  }
  if (authorized.length === 0) return refuse('it has no authorizations')
  const authorizations = authorized.map(({ authorization }) => authorization)
  const isReady = authorizations.every(({ status }) => status === 'valid')
  const item: WholeOrder = {
    order: { ...common, status: isReady ? 'ready' : 'pending' },
    authorizations,
    challenges: authorized.flatMap(({ challenges }) => challenges),
  }
  return { kind: 'keep', item }
}

async function readValid(
  common: CommonOrder,
  stored: StepCaValue,
  { source, judge }: HistoryReading,
): Promise<Verdict<WholeOrder>> {
  const certificateId = stored.text('certificate')
  if (certificateId === undefined) return refuse('it is valid, but names no certificate')
  const row = await findRow(source, 'acme_certs', certificateId)
  const pem = row && StepCaValue.parse(row)?.octets('leaf')
  const der = pem && parseFirstBlock(pem)
  if (der === undefined) return refuse(`its certificate ${certificateId} is missing`)
  const verdict = judge.judge(der, undefined)
  if (verdict.kind !== 'keep') {
    return refuse(`its certificate ${certificateId} was not taken over`)
  }
  const certificate = verdict.item
  const order: AcmeOrderRecord = {
    ...common,
    status: 'valid',
    certificateId,
    serialNumber: certificate.serialNumber,
  }
  return { kind: 'keep', item: { order, authorizations: [], challenges: [], certificate } }
}

function parseFirstBlock(pem: Uint8Array): Uint8Array | undefined {
  try {
    return parsePem(textOf(pem))[0]?.octets
  } catch (error) {
    if (error instanceof ProfileError) return undefined
    throw error
  }
}
