import { expect, test } from 'vitest'
import { describePeriodicWork } from '../../src/log/periodic-work-line.ts'

const none = {
  certificates: 0,
  revocations: 0,
  spentTokens: 0,
  auditEntries: 0,
  spentNonces: 0,
  orders: 0,
}

test.each([
  [{ kind: 'lease_taken' }, 'retention: this instance deletes for all what has outlived its use'],
  [{ kind: 'lease_lost' }, 'retention: another instance deletes what has outlived its use'],
  [{ kind: 'pruned', result: { status: 'done', counts: none } }, undefined],
  [
    {
      kind: 'pruned',
      result: { status: 'done', counts: { ...none, certificates: 3, spentTokens: 5 } },
    },
    'retention: deleted 3 certificates, 5 spent tokens',
  ],
  [
    { kind: 'clock_off', offsetSeconds: -400.3 },
    'retention: nothing is deleted while the clocks of this machine and of the database are 400 s apart',
  ],
  [
    { kind: 'failed', error: new Error('it is away') },
    'retention: not done, and tried again: it is away',
  ],
] as const)('%o is told as %s', (event, line) => {
  expect(describePeriodicWork(event)).toBe(line)
})
