import { describe, expect, test } from 'vitest'
import type { IssuanceOutcome } from '../issuance-unit.ts'
import type { Store } from '../store.ts'
import { buildIssuance, buildToken } from './units.ts'

/** One time means one time. */
export function describeOneTime(current: () => Store): void {
  describe('a token', () => {
    test('is unspent until its unit is committed, and spent from then on', async () => {
      const store = current()
      const token = buildToken()
      expect(await store.isTokenSpent(token.tokenId)).toBe(false)
      const unit = buildIssuance({ claim: { kind: 'token', ...token } })
      expect(await store.commitIssuance(unit)).toEqual({ status: 'committed' })
      expect(await store.isTokenSpent(token.tokenId)).toBe(true)
    })

    test('that is spent names the certificate it was spent for', async () => {
      const store = current()
      const claim = { kind: 'token', ...buildToken() } as const
      const first = buildIssuance({ claim })
      await store.commitIssuance(first)
      expect(await store.commitIssuance(buildIssuance({ claim }))).toEqual({
        status: 'token_spent',
        spentBy: first.certificate.serialNumber,
      })
    })

    test('of a renewal is spent like any other', async () => {
      const store = current()
      const token = buildToken()
      const renew = () =>
        store.commitIssuance(buildIssuance({ claim: { kind: 'renewal', predecessor: 7n, token } }))
      expect(await renew()).toEqual({ status: 'committed' })
      expect(await renew()).toMatchObject({ status: 'token_spent' })
    })

    test('is told from another by each of its octets', async () => {
      const store = current()
      const token = buildToken()
      await store.commitIssuance(buildIssuance({ claim: { kind: 'token', ...token } }))
      for (const index of token.tokenId.keys()) {
        const near = token.tokenId.map((octet, at) => (at === index ? octet ^ 1 : octet))
        expect(await store.isTokenSpent(near)).toBe(false)
      }
    })

    test('used by 200 callers at once is committed once', async () => {
      const outcomes = await useAtOnce(current(), { callers: 200, tokens: 1 })
      expect(count(outcomes, 'committed')).toBe(1)
      expect(count(outcomes, 'token_spent')).toBe(199)
    })

    test('of 50, each used by 8 callers at once, is committed once', async () => {
      const outcomes = await useAtOnce(current(), { callers: 8, tokens: 50 })
      expect(count(outcomes, 'committed')).toBe(50)
      expect(count(outcomes, 'token_spent')).toBe(350)
    })

    test('lost by a race names the winner to all losers', async () => {
      const store = current()
      const claim = { kind: 'token', ...buildToken() } as const
      const units = Array.from({ length: 20 }, () => buildIssuance({ claim }))
      const outcomes = await Promise.all(units.map((unit) => store.commitIssuance(unit)))
      const winner = outcomes.findIndex(({ status }) => status === 'committed')
      const spentBy = units[winner]?.certificate.serialNumber
      expect(outcomes.filter((outcome) => outcome.status === 'token_spent')).toEqual(
        Array.from({ length: 19 }, () => ({ status: 'token_spent', spentBy })),
      )
    })
  })
}

/** The callers of one token are spread among those of the others, as they come in over a network. */
async function useAtOnce(
  store: Store,
  { callers, tokens }: { callers: number; tokens: number },
): Promise<IssuanceOutcome[]> {
  const claims = Array.from({ length: tokens }, () => ({ kind: 'token', ...buildToken() }) as const)
  const attempts = Array.from({ length: callers }, () => claims).flat()
  return Promise.all(attempts.map((claim) => store.commitIssuance(buildIssuance({ claim }))))
}

function count(outcomes: readonly IssuanceOutcome[], status: IssuanceOutcome['status']): number {
  return outcomes.filter((outcome) => outcome.status === status).length
}
