/** Runs hooks one after the other, apart from what calls them. */
export interface HookQueue {
  add(hook: () => void | Promise<void>): void
  /** Resolves when all have run. */
  settle(): Promise<void>
}

export function createHookQueue(onFailure: (error: unknown) => void): HookQueue {
  let last: Promise<void> = Promise.resolve()
  return {
    add(hook) {
      last = last.then(hook).catch(onFailure)
    },
    settle: () => last,
  }
}
