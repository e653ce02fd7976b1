import type { AcmeAuthorizationRecord, AcmeChallengeRecord, AcmeProblem } from '@mayfly/db-adapters'
import { isAcmeId } from './accounts-table.ts'
import { findRow, type HistoryReading } from './history-table.ts'
import { StepCaValue } from './step-ca-value.ts'

/** An authorization with its challenges. */
export interface AuthorizedIdentifier {
  readonly authorization: AcmeAuthorizationRecord
  readonly challenges: readonly AcmeChallengeRecord[]
}

/**
 * Reads an authorization of an open order, with its challenges; returns in words what is wrong with it. step-ca looks
 * whether it has become valid when it is read: when one of its challenges has.
 */
export async function readAuthorization(
  { source }: HistoryReading,
  id: string,
  place: Pick<AcmeAuthorizationRecord, 'orderId' | 'position'>,
): Promise<AuthorizedIdentifier | string> {
  const row = await findRow(source, 'acme_authzs', id)
  const stored = row && StepCaValue.parse(row)
  if (stored === undefined || !isAcmeId(id)) return `its authorization ${id} is missing`
  const challenges: AcmeChallengeRecord[] = []
  for (const [position, challengeId] of stored.texts('challengeIDs').entries()) {
    const found = await readChallenge(source, challengeId, { authorizationId: id, position })
    if (found === undefined) return `its challenge ${challengeId} is missing`
    challenges.push(found)
  }
  const status = statuses.get(stored.text('status') ?? '')
  const identifier = stored.object('identifier')
  const [type, value] = [identifier?.text('type'), identifier?.text('value')]
  const [accountId, createdAt] = [stored.text('accountID'), stored.time('createdAt')]
  const expiresAt = stored.time('expiresAt')
  if (status === undefined || type === undefined || value === undefined) {
    return `its authorization ${id} has no known status, or no name`
  }
  if (accountId === undefined || createdAt === undefined || expiresAt === undefined) {
    return `its authorization ${id} has no account, or its times are missing`
  }
  const isProven = status === 'pending' && challenges.some((each) => each.status === 'valid')
  return {
    authorization: {
      id,
      ...place,
      accountId,
      identifier: { type, value },
      wildcard: stored.flag('wildcard'),
      status: isProven ? 'valid' : status,
      createdAt,
      expiresAt,
    },
    challenges,
  }
}

async function readChallenge(
  source: HistoryReading['source'],
  id: string,
  place: Pick<AcmeChallengeRecord, 'authorizationId' | 'position'>,
): Promise<AcmeChallengeRecord | undefined> {
  const row = await findRow(source, 'acme_challenges', id)
  const stored = row && StepCaValue.parse(row)
  const [type, token] = [stored?.text('type'), stored?.text('token')]
  const [status, createdAt] = [stored?.text('status'), stored?.time('createdAt')]
  if (stored === undefined || type === undefined || token === undefined) return undefined
  if (status !== 'pending' && status !== 'valid' && status !== 'invalid') return undefined
  if (createdAt === undefined || !isAcmeId(id)) return undefined
  const [validatedAt, problem] = [stored.time('validatedAt'), readProblem(stored.object('error'))]
  return {
    id,
    ...place,
    type,
    status,
    token,
    createdAt,
    ...(validatedAt === undefined ? {} : { validatedAt }),
    ...(problem === undefined ? {} : { problem }),
  }
}

function readProblem(stored: StepCaValue | undefined): AcmeProblem | undefined {
  const type = stored?.text('type')
  return type === undefined ? undefined : { type, detail: stored?.text('detail') ?? '' }
}

const statuses: ReadonlyMap<string, AcmeAuthorizationRecord['status']> = new Map(
  (['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked'] as const).map((status) => [
    status,
    status,
  ]),
)
