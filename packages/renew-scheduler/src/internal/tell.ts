import type { RenewalEvent } from '../renewal-event.ts'

/** Tells a listener of an event. What it throws, at once or later, harms neither renewals nor the process. */
export function tell(
  listener: ((event: RenewalEvent) => void) | undefined,
  event: RenewalEvent,
): void {
  try {
    // An async function is taken for a listener, too.
    const told: unknown = listener?.(event)
    if (told instanceof Promise) told.catch(() => undefined)
  } catch {
    // There is nobody else to tell.
  }
}
