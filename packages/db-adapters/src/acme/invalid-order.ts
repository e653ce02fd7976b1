import type { AcmeProblem } from '../acme-order.ts'
import type { AcmeOrderRow } from '../rows/acme-order-row.ts'

/** What is set when an order becomes invalid: another may replace from then on what it was to replace. */
export function invalidOrder(
  problem: AcmeProblem | undefined,
): Pick<AcmeOrderRow, 'status' | 'problem' | 'replaces'> {
  return {
    status: 'invalid',
    problem: problem === undefined ? null : JSON.stringify(problem),
    replaces: null,
  }
}
