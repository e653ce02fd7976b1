/** A nonce that a request spends, RFC 8555 §6.5. */
export interface AcmeNonce {
  /** What tells it from all others, 16 octets. */
  readonly id: Uint8Array
  /** When no instance takes it any more: until well after, the store remembers that it is spent. */
  readonly expiresAt: Date
}

/** A key by which nonces are known as ours; all instances on one store share them. */
export interface AcmeNonceKey {
  /** 1, 2, …; the newest is the one to make nonces by. */
  readonly number: number
  /** A secret. */
  readonly key: Uint8Array
  readonly createdAt: Date
}

/** The nonces of ACME: what is not spent is not kept. */
export interface AcmeNonceStore {
  /**
   * Spends a nonce by itself, for a request that changes nothing, or that was refused. Of all who spend one nonce, here or
   * with a change, one is told `true`.
   *
   * @throws {StoreError} as `Store.commitIssuance`.
   */
  spendNonce(nonce: AcmeNonce): Promise<boolean>

  /** Returns the keys of the nonces that may still be in use, newest first; empty at the very beginning. */
  findNonceKeys(): Promise<readonly AcmeNonceKey[]>

  /**
   * Adds a key, if none has its number. Of all who add one number, one is told `committed`; the others find what stands by
   * {@link AcmeNonceStore.findNonceKeys}. Keys that are more than two days older than the new one are dropped.
   */
  commitNonceKey(key: AcmeNonceKey): Promise<'committed' | 'exists'>
}
