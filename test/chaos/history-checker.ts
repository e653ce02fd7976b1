import { checkConfiguration } from './configuration-rules.ts'
import type { History, Operation, Violation } from './history.ts'
import { checkIssuance } from './issuance-rules.ts'
import { checkRevocation } from './revocation-rules.ts'

/**
 * Finds what a CA of many instances has done that it may not. It knows nothing of the product but what clients saw and
 * what stands in the database; where it cannot be sure, because an answer was lost, it accuses nobody.
 */
export function checkHistory(history: History): readonly Violation[] {
  return [
    ...checkAnswers(history.operations),
    ...checkIssuance(history),
    ...checkRevocation(history),
    ...checkConfiguration(history),
  ]
}

function checkAnswers(operations: readonly Operation[]): readonly Violation[] {
  return operations.flatMap((operation): Violation[] => {
    if (operation.kind === 'observe') return []
    const { answer, kind } = operation
    if (answer.status === 'broken') {
      return [{ rule: 'internal_error', detail: `${kind}: ${answer.detail}` }]
    }
    if (answer.status === 'refused' && answer.reason === 'other') {
      return [{ rule: 'unexplained_refusal', detail: JSON.stringify(operation) }]
    }
    return []
  })
}
