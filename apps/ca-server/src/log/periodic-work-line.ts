import type { PeriodicWorkEvent } from '@mayfly/authority-host'

/** Says what became of the periodic work; `undefined` for what is not worth a line. */
export function describePeriodicWork(event: PeriodicWorkEvent): string | undefined {
  switch (event.kind) {
    case 'lease_taken':
      return 'retention: this instance deletes for all what has outlived its use'
    case 'lease_lost':
      return 'retention: another instance deletes what has outlived its use'
    case 'pruned':
      return describeCounts(event.result.counts)
    case 'clock_off':
      return `retention: nothing is deleted while the clocks of this machine and of the database are ${Math.abs(event.offsetSeconds).toFixed(0)} s apart`
    case 'failed':
      return `retention: not done, and tried again: ${messageOf(event.error)}`
  }
}

type PruneCounts = Extract<PeriodicWorkEvent, { kind: 'pruned' }>['result']['counts']

function describeCounts(counts: PruneCounts): string | undefined {
  const parts = [
    [counts.certificates, 'certificates'],
    [counts.revocations, 'revocations'],
    [counts.spentTokens, 'spent tokens'],
    [counts.auditEntries, 'audit entries'],
    [counts.spentNonces, 'spent nonces'],
    [counts.orders, 'orders'],
  ] as const
  const told = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  return told.length === 0 ? undefined : `retention: deleted ${told.join(', ')}`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
