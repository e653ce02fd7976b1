import type { FinalizedOrder } from '../rows/acme-order-row.ts'

/** Sorted, so that batches of several instances lock the orders that they share in one order. */
export function inOrder(orders: readonly FinalizedOrder[]): readonly FinalizedOrder[] {
  return orders.toSorted((left, right) => (left.id < right.id ? -1 : 1))
}
