import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { validHistories } from './generated-history.ts'
import type { FinalState, History, Operation, Rule, StandingCertificate } from './history.ts'
import { checkHistory } from './history-checker.ts'
import { mutations } from './history-mutations.ts'

const runs = process.env.MAYFLY_TEST_LONG === undefined ? 40 : 2000

describe('checkHistory', () => {
  test('finds nothing in what a CA without a fault may show', () => {
    fc.assert(
      fc.property(validHistories({ minLength: 1 }), (history) => {
        expect(checkHistory(history)).toEqual([])
      }),
      { numRuns: 5 * runs },
    )
  })

  test.each(mutations)('finds in any history that $name', ({ rule, plant }) => {
    fc.assert(
      fc.property(validHistories({ minLength: 60 }), (history) => {
        const spoilt = plant(history)
        fc.pre(spoilt !== undefined)
        expect(rulesBroken(spoilt)).toContain(rule)
      }),
      { numRuns: runs },
    )
  })

  test('knows a planted fault for every rule', () => {
    const rules = new Set(planted.map(({ rule }) => rule))
    expect(new Set(mutations.map(({ rule }) => rule))).toEqual(rules)
    for (const rule of rules) {
      expect(planted.filter((each) => each.rule === rule).length).toBeGreaterThanOrEqual(2)
    }
  })
})

interface Planted {
  readonly rule: Rule
  readonly name: string
  readonly operations: readonly Operation[]
  readonly final?: Partial<FinalState>
}

const a = standing('1', 'a')
const b = standing('2', 'b')
const ofA = { ...standing('3', 'a'), predecessor: '1' }

/** Written by hand: times are milliseconds, and one request ends before the next begins unless said. */
const planted: readonly Planted[] = [
  {
    rule: 'internal_error',
    name: 'one sign is answered 500',
    operations: [{ ...sign(0, 'a'), answer: { status: 'broken', detail: '500' } }],
  },
  {
    rule: 'internal_error',
    name: 'a change of the configuration breaks',
    operations: [
      { ...change(0, 'add', 'p', 1), answer: { status: 'broken', detail: 'TypeError' } },
    ],
  },
  {
    rule: 'unexplained_refusal',
    name: 'a sign is refused for what no client did',
    operations: [{ ...sign(0, 'a'), answer: { status: 'refused', reason: 'other' } }],
  },
  {
    rule: 'unexplained_refusal',
    name: 'a certificate is refused as revoked before anybody revoked it',
    operations: [sign(0, 'a', '1'), refusedRenewal(10, '1'), revoke(20, '1')],
    final: { certificates: [a], spentFor: ['1'], revoked: ['1'] },
  },
  {
    rule: 'unexplained_refusal',
    name: 'a renewal is refused when only what it came of was revoked',
    operations: [sign(0, 'a', '1'), renew(10, '1', '3'), revoke(20, '1'), refusedRenewal(30, '3')],
    final: { certificates: [a, ofA], spentFor: ['1'], revoked: ['1'] },
  },
  {
    rule: 'acknowledged_missing',
    name: 'the database lost a first certificate',
    operations: [sign(0, 'a', '1')],
  },
  {
    rule: 'acknowledged_missing',
    name: 'the database lost a renewal',
    operations: [sign(0, 'a', '1'), renew(10, '1', '3')],
    final: { certificates: [a], spentFor: ['1'] },
  },
  {
    rule: 'acknowledged_missing',
    name: 'the database lost the revocation of a renewal, revoked with what it came of',
    operations: [
      sign(0, 'a', '1'),
      renew(10, '1', '3'),
      { ...revoke(20, '1'), answer: { status: 'ok', serials: ['1', '3'] } },
    ],
    final: { certificates: [a, ofA], spentFor: ['1'], revoked: ['1'] },
  },
  {
    rule: 'acknowledged_missing',
    name: 'the database lost a revision',
    operations: [change(0, 'add', 'p', 1), change(10, 'add', 'q', 2)],
    final: { revisions: [1] },
  },
  {
    rule: 'acknowledged_missing',
    name: 'an instance goes by a revision that never came to stand',
    operations: [observe(0, 'ca-1', 4)],
  },
  {
    rule: 'serial_twice',
    name: 'two tokens get one serial number',
    operations: [sign(0, 'a', '1'), sign(10, 'b', '1')],
    final: { certificates: [a], spentFor: ['1'] },
  },
  {
    rule: 'serial_twice',
    name: 'a renewal has the serial number of its predecessor',
    operations: [sign(0, 'a', '1'), renew(10, '1', '1')],
    final: { certificates: [a], spentFor: ['1'] },
  },
  {
    rule: 'serial_twice',
    name: 'the database holds a serial number twice',
    operations: [
      sign(0, 'a', '1'),
      renew(10, '1', '3'),
      { ...renew(12, '1', ''), answer: { status: 'unknown' } },
    ],
    final: { certificates: [a, ofA, ofA], spentFor: ['1'] },
  },
  {
    rule: 'token_twice',
    name: 'two requests at once get two certificates by one token',
    operations: [sign(0, 'a', '1'), sign(2, 'a', '2')],
    final: { certificates: [a, standing('2', 'a')], spentFor: ['1', '2'] },
  },
  {
    rule: 'token_twice',
    name: 'a second certificate stands whose receiver was killed',
    operations: [sign(0, 'a', '1'), { ...sign(10, 'a'), answer: { status: 'unknown' } }],
    final: { certificates: [a, standing('2', 'a')], spentFor: ['1', '2'] },
  },
  {
    rule: 'fresh_token_refused',
    name: 'a token is refused that nobody sent before',
    operations: [refusedSign(0, 'a'), sign(10, 'a', '1')],
    final: { certificates: [a], spentFor: ['1'] },
  },
  {
    rule: 'fresh_token_refused',
    name: 'the only other attempt was refused itself',
    operations: [
      {
        ...sign(0, 'a'),
        provisioner: 'p',
        answer: { status: 'refused', reason: 'provisioner_unknown' },
      },
      refusedSign(10, 'a'),
    ],
  },
  {
    rule: 'fresh_token_refused',
    name: 'the token is spent and no certificate stands for it',
    operations: [{ ...sign(0, 'a'), answer: { status: 'unknown' } }, refusedSign(10, 'a')],
  },
  {
    rule: 'unasked_certificate',
    name: 'a certificate stands whose token was refused',
    operations: [
      {
        ...sign(0, 'a'),
        provisioner: 'p',
        answer: { status: 'refused', reason: 'provisioner_unknown' },
      },
    ],
    final: { certificates: [a], spentFor: ['1'] },
  },
  {
    rule: 'unasked_certificate',
    name: 'a renewal stands that was refused',
    operations: [sign(0, 'a', '1'), revoke(10, '1'), refusedRenewal(20, '1')],
    final: { certificates: [a, ofA], spentFor: ['1'], revoked: ['1'] },
  },
  {
    rule: 'half_done',
    name: 'a token is spent and the certificate was not kept',
    operations: [{ ...sign(0, 'a'), answer: { status: 'unknown' } }],
    final: { spentFor: ['1'] },
  },
  {
    rule: 'half_done',
    name: 'a certificate is kept and its token was not spent',
    operations: [sign(0, 'a', '1'), sign(10, 'b', '2')],
    final: { certificates: [a, b], spentFor: ['2'] },
  },
  {
    rule: 'renewed_after_revocation',
    name: 'one instance renews what another has revoked',
    operations: [sign(0, 'a', '1'), revoke(10, '1'), renew(20, '1', '3')],
    final: { certificates: [a, ofA], spentFor: ['1'], revoked: ['1'] },
  },
  {
    rule: 'renewed_after_revocation',
    name: 'a renewal goes on that was revoked with what it came of',
    operations: [
      sign(0, 'a', '1'),
      renew(10, '1', '3'),
      { ...revoke(20, '1'), withRenewals: true, answer: { status: 'ok', serials: ['1', '3'] } },
      renew(30, '3', '4'),
    ],
    final: {
      certificates: [a, ofA, { ...standing('4', 'a'), predecessor: '3' }],
      spentFor: ['1'],
      revoked: ['1', '3', '4'],
    },
  },
  {
    rule: 'renewed_after_revocation',
    name: 'it was revoked by an answer that was lost, as a second try was told',
    operations: [
      sign(0, 'a', '1'),
      { ...revoke(10, '1'), answer: { status: 'unknown' } },
      { ...revoke(20, '1'), answer: { status: 'refused', reason: 'already_revoked' } },
      renew(30, '1', '3'),
    ],
    final: { certificates: [a, ofA], spentFor: ['1'], revoked: ['1'] },
  },
  {
    rule: 'kin_unrevoked',
    name: 'another certificate of the key escapes',
    operations: [sign(0, 'a', '1'), sign(10, 'b', '2'), { ...revoke(20, '1'), withRenewals: true }],
    final: {
      certificates: [a, { ...b, key: a.key }],
      spentFor: ['1', '2'],
      revoked: ['1'],
    },
  },
  {
    rule: 'kin_unrevoked',
    name: 'a renewal under way escapes',
    operations: [
      sign(0, 'a', '1'),
      renew(10, '1', '3'),
      { ...revoke(12, '1'), withRenewals: true },
    ],
    final: { certificates: [a, ofA], spentFor: ['1'], revoked: ['1'] },
  },
  {
    rule: 'kin_unrevoked',
    name: 'the renewal of a renewal escapes, its receiver killed',
    operations: [
      sign(0, 'a', '1'),
      renew(10, '1', '3'),
      { ...renew(20, '3', '4'), answer: { status: 'unknown' } },
      { ...revoke(22, '1'), withRenewals: true, answer: { status: 'ok', serials: ['1', '3'] } },
    ],
    final: {
      certificates: [a, ofA, { ...standing('4', 'a'), predecessor: '3' }],
      spentFor: ['1'],
      revoked: ['1', '3'],
    },
  },
  {
    rule: 'issued_after_removal',
    name: 'the first provisioner issues when it is gone',
    operations: [change(0, 'remove', 'first', 1), sign(10, 'a', '1')],
    final: { certificates: [a], spentFor: ['1'], revisions: [1] },
  },
  {
    rule: 'issued_after_removal',
    name: 'one that came and went issues',
    operations: [
      change(0, 'add', 'p', 1),
      change(10, 'remove', 'p', 2),
      { ...sign(20, 'a', '1'), provisioner: 'p' },
    ],
    final: { certificates: [a], spentFor: ['1'], revisions: [1, 2] },
  },
  {
    rule: 'issued_after_removal',
    name: 'a certificate of one that is gone is renewed',
    operations: [
      change(0, 'add', 'p', 1),
      { ...sign(10, 'a', '1'), provisioner: 'p' },
      change(20, 'remove', 'p', 2),
      renew(30, '1', '3'),
    ],
    final: { certificates: [a, ofA], spentFor: ['1'], revisions: [1, 2] },
  },
  {
    rule: 'issued_after_removal',
    name: 'one issues before it comes',
    operations: [{ ...sign(0, 'a', '1'), provisioner: 'p' }, change(10, 'add', 'p', 1)],
    final: { certificates: [a], spentFor: ['1'], revisions: [1] },
  },
  {
    rule: 'known_provisioner_refused',
    name: 'the first provisioner is not known',
    operations: [{ ...sign(0, 'a'), answer: { status: 'refused', reason: 'provisioner_unknown' } }],
  },
  {
    rule: 'known_provisioner_refused',
    name: 'the first provisioner is not known when a certificate is to be renewed',
    operations: [
      sign(0, 'a', '1'),
      { ...renew(10, '1', ''), answer: { status: 'refused', reason: 'provisioner_unknown' } },
    ],
    final: { certificates: [a], spentFor: ['1'] },
  },
  {
    rule: 'known_provisioner_refused',
    name: 'one is not known a second after it came',
    operations: [
      change(0, 'add', 'p', 1),
      {
        ...sign(1100, 'a'),
        provisioner: 'p',
        answer: { status: 'refused', reason: 'provisioner_unknown' },
      },
    ],
    final: { revisions: [1] },
  },
  {
    rule: 'revision_twice',
    name: 'two changes at once are both told that they are the first',
    operations: [change(0, 'add', 'p', 1), change(2, 'add', 'q', 1)],
    final: { revisions: [1] },
  },
  {
    rule: 'revision_twice',
    name: 'a removal takes the number of an earlier addition',
    operations: [change(0, 'add', 'p', 1), change(10, 'add', 'q', 2), change(20, 'remove', 'p', 1)],
    final: { revisions: [1, 2] },
  },
  {
    rule: 'configuration_backwards',
    name: 'an instance goes back',
    operations: [observe(0, 'ca-1', 2), observe(10, 'ca-1', 1)],
    final: { revisions: [1, 2] },
  },
  {
    rule: 'configuration_backwards',
    name: 'an instance forgets its configuration between two others that go on',
    operations: [
      observe(0, 'ca-1', 1),
      observe(10, 'ca-2', 2),
      observe(20, 'ca-1', 2),
      observe(30, 'ca-2', 2),
      observe(40, 'ca-1', 0),
    ],
    final: { revisions: [1, 2] },
  },
  {
    rule: 'configuration_behind',
    name: 'an instance does not follow',
    operations: [change(0, 'add', 'p', 1), observe(1100, 'ca-1', 0)],
    final: { revisions: [1] },
  },
  {
    rule: 'configuration_behind',
    name: 'an instance follows one change and not the next',
    operations: [
      change(0, 'add', 'p', 1),
      observe(100, 'ca-1', 1),
      change(200, 'remove', 'p', 2),
      observe(1300, 'ca-1', 1),
    ],
    final: { revisions: [1, 2] },
  },
]

describe('a planted fault', () => {
  test.each(planted)('$rule: $name', ({ rule, operations, final }) => {
    expect(rulesBroken(historyOf(operations, final))).toEqual([rule])
  })
})

describe('what only looks like a fault', () => {
  const accepted: readonly Omit<Planted, 'rule'>[] = [
    {
      name: 'the answer to a spent token was lost, and one certificate stands',
      operations: [{ ...sign(0, 'a'), answer: { status: 'unknown' } }, refusedSign(10, 'a')],
      final: { certificates: [a], spentFor: ['1'] },
    },
    {
      name: 'a renewal that began before its revocation was acknowledged',
      operations: [sign(0, 'a', '1'), revoke(10, '1'), renew(12, '1', '3')],
      final: { certificates: [a, ofA], spentFor: ['1'], revoked: ['1'] },
    },
    {
      name: 'an issuance under way when its provisioner goes',
      operations: [change(0, 'remove', 'first', 1), sign(4, 'a', '1')],
      final: { certificates: [a], spentFor: ['1'], revisions: [1] },
    },
    {
      name: 'an issuance by a provisioner whose removal was lost',
      operations: [
        { ...change(0, 'remove', 'first', 1), answer: { status: 'unknown' } },
        sign(10, 'a', '1'),
        { ...sign(20, 'b'), answer: { status: 'refused', reason: 'provisioner_unknown' } },
      ],
      final: { certificates: [a], spentFor: ['1'], revisions: [1] },
    },
    {
      name: 'a provisioner that is not known yet',
      operations: [
        change(0, 'add', 'p', 1),
        {
          ...sign(900, 'a'),
          provisioner: 'p',
          answer: { status: 'refused', reason: 'provisioner_unknown' },
        },
      ],
      final: { revisions: [1] },
    },
  ]

  test.each(accepted)('$name', ({ operations, final }) => {
    expect(checkHistory(historyOf(operations, final))).toEqual([])
  })

  test('an instance that was paused does not know yet', () => {
    const history = historyOf([change(0, 'add', 'p', 1), observe(1100, 'ca-1', 0)], {
      revisions: [1],
    })
    const paused = { instance: 'ca-1', begin: 50, end: 1000 }
    expect(checkHistory({ ...history, disruptions: [paused] })).toEqual([])
    const another = { ...paused, instance: 'ca-2' }
    expect(rulesBroken({ ...history, disruptions: [another] })).toEqual(['configuration_behind'])
  })
})

function rulesBroken(history: History): readonly Rule[] {
  return [...new Set(checkHistory(history).map(({ rule }) => rule))]
}

function historyOf(operations: readonly Operation[], final: Partial<FinalState> = {}): History {
  const nothing = { certificates: [], revoked: [], spentFor: [], revisions: [] }
  return {
    provisioners: ['first'],
    operations,
    disruptions: [],
    final: { ...nothing, ...final },
    followMilliseconds: 1000,
  }
}

function standing(serial: string, token: string): StandingCertificate {
  return { serial, token, key: `key of ${token}` }
}

/** From `begin`, for five milliseconds. */
function during(begin: number) {
  return { begin, end: begin + 5 }
}

function sign(begin: number, token: string, serial = 'none') {
  const answer = { status: 'ok', serial } as const
  return {
    kind: 'sign',
    ...during(begin),
    instance: 'ca-1',
    token,
    provisioner: 'first',
    answer,
  } as const
}

function refusedSign(begin: number, token: string) {
  return { ...sign(begin, token), answer: { status: 'refused', reason: 'token_used' } } as const
}

function renew(begin: number, serial: string, made: string) {
  const answer = { status: 'ok', serial: made } as const
  return { kind: 'renew', ...during(begin), instance: 'ca-2', serial, answer } as const
}

function refusedRenewal(begin: number, serial: string) {
  return { ...renew(begin, serial, ''), answer: { status: 'refused', reason: 'revoked' } } as const
}

function revoke(begin: number, serial: string) {
  const answer = { status: 'ok', serials: [serial] } as const
  return {
    kind: 'revoke',
    ...during(begin),
    instance: 'ca-1',
    serial,
    withRenewals: false,
    answer,
  } as const
}

function change(begin: number, kind: 'add' | 'remove', provisioner: string, revision: number) {
  return { kind, ...during(begin), provisioner, answer: { status: 'ok', revision } } as const
}

function observe(begin: number, instance: string, revision: number) {
  return { kind: 'observe', ...during(begin), instance, revision } as const
}
