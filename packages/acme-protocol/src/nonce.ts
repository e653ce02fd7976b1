import { createHmac, timingSafeEqual } from 'node:crypto'
import type { AcmeNonce, AcmeNonceKey } from '@mayfly/db-adapters'
import { decodeBase64url } from '@mayfly/jwt-tokens'
import type { RandomBytes } from '@mayfly/x509-profiles'
import { AcmeError } from './errors.ts'

/** How long a nonce is good, on every instance. */
export const nonceLifetimeMilliseconds: number = 60 * 60 * 1000

/** How far the clocks of two instances may be apart. */
const clockDifferenceMilliseconds = 60 * 1000

/**
 * The octets of a nonce: the time in milliseconds (6), chance (9), the number of its key modulo 256 (1), which together are
 * its id, and the MAC of those (16).
 */
const timeOctets = 6
const idOctets = 16
const macOctets = 16

/** Makes a nonce (RFC 8555 §6.5.1) that every instance with the key takes until an hour has gone by. */
export function createNonce(
  { key, number }: AcmeNonceKey,
  { now, random }: { readonly now: Date; readonly random: RandomBytes },
): string {
  const id = Buffer.alloc(idOctets)
  id.writeUIntBE(now.getTime(), 0, timeOctets)
  id.set(random(idOctets - timeOctets - 1), timeOctets)
  id[idOctets - 1] = number % 256
  return Buffer.concat([id, macOf(id, key)]).toString('base64url')
}

/** A nonce taken apart; nothing is said yet about whether it is ours. */
export interface ReadNonce {
  readonly id: Uint8Array
  readonly mac: Uint8Array
  /** Modulo 256. */
  readonly keyNumber: number
}

/**
 * Takes a nonce apart.
 *
 * @throws {AcmeError} `malformed` when it is not base64url (RFC 8555 §6.5.1), `badNonce` when it cannot be one of ours.
 */
export function parseNonce(text: string): ReadNonce {
  const octets = decodeBase64url(text)
  if (octets === undefined || text === '') {
    throw new AcmeError('malformed', 'the nonce is not base64url')
  }
  if (octets.length !== idOctets + macOctets) {
    throw new AcmeError('badNonce', 'the nonce is not one of this server')
  }
  return {
    id: octets.subarray(0, idOctets),
    mac: octets.subarray(idOctets),
    keyNumber: octets[idOctets - 1] ?? 0,
  }
}

/**
 * Proves that a nonce was made by a holder of `key` and is not too old, and returns what is to be spent.
 *
 * @throws {AcmeError} `badNonce`.
 */
export function verifyNonce({ id, mac }: ReadNonce, key: Uint8Array, now: Date): AcmeNonce {
  if (!timingSafeEqual(macOf(id, key), mac)) {
    throw new AcmeError('badNonce', 'the nonce is not one of this server')
  }
  const madeAt = Buffer.from(id).readUIntBE(0, timeOctets)
  const age = now.getTime() - madeAt
  if (age > nonceLifetimeMilliseconds) {
    throw new AcmeError('badNonce', 'the nonce is more than an hour old')
  }
  if (age < -clockDifferenceMilliseconds) {
    throw new AcmeError('badNonce', 'the nonce is from the future')
  }
  return { id, expiresAt: new Date(madeAt + nonceLifetimeMilliseconds) }
}

function macOf(id: Uint8Array, key: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(id).digest().subarray(0, macOctets)
}
