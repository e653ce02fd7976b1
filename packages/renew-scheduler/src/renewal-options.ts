import type { KeyObject } from 'node:crypto'
import type { KeyType } from '@mayfly/keystore-hsm'
import type { Clock } from './clock.ts'
import type { RekeyClient, RenewalClient, Renewed } from './renewal-client.ts'
import type { RenewalEvent } from './renewal-event.ts'
import type { RandomBytes } from './schedule.ts'

/** A private key in a PEM file, read again when the file has changed. */
export interface KeyFile {
  readonly path: string
  /** Asked for when the key is encrypted; a new key is then encrypted by it, too. */
  readonly password?: (() => Promise<string>) | undefined
}

/** A certificate on disk, the key in use beside it. */
export interface KeptCertificate extends Renewed {
  readonly privateKey: KeyObject
}

/** One certificate, and how it is kept renewed. */
export type RenewalEntry = EntryFields & (Renewing | Rekeying)

interface EntryFields {
  /** The PEM file with the certificate and its intermediates. */
  readonly certificatePath: string
  /**
   * Where new certificates go, default `certificatePath`; from then on this is the file that is kept. So it is from the start
   * when it holds a certificate of the same names and key that ends later.
   */
  readonly out?: string | undefined
  /** Renew when this much of the lifetime is left, give or take; default a third of it. */
  readonly expiresInMilliseconds?: number | undefined
  /** Renew so long after each renewal instead; less than a second counts as one. */
  readonly renewPeriodMilliseconds?: number | undefined
  /**
   * Called when new files are in place, also those of a rekeying that had been cut short. The schedule does not wait for it,
   * the end does; `signal` tells it of the end. What it throws becomes the event `hook_failed`. It never runs twice at once
   * for one certificate.
   */
  readonly onRenewed?:
    | ((renewed: KeptCertificate, signal: AbortSignal) => void | Promise<void>)
    | undefined
}

interface Renewing {
  readonly rekey?: undefined
  readonly key: KeyObject | KeyFile
  readonly client: RenewalClient
  /** False sends a signed token instead of showing the certificate; an expired one always does. */
  readonly mutualTls?: boolean | undefined
}

/** A new key each time. An expired certificate, which no CA rekeys, is renewed with its old one. */
interface Rekeying {
  readonly rekey: {
    /** Default as the key in use. */
    readonly keyType?: KeyType | undefined
    /** Where new keys go, default the key's own file; from then on this is the file that is kept, as with `out`. */
    readonly keyOut?: string | undefined
  }
  readonly key: KeyFile
  readonly client: RekeyClient
}

/** What a daemon is given beside its certificate. */
export interface RenewalAmbient {
  readonly clock: Clock
  readonly random: RandomBytes
  /** How often the time and the files are looked at, default each minute. */
  readonly lookEveryMilliseconds?: number | undefined
}

/** What {@link createRenewalDaemon} takes. */
export type RenewalDaemonOptions = RenewalEntry &
  RenewalAmbient & {
    /** For the log. What it throws is dropped. */
    readonly onEvent?: ((event: RenewalEvent) => void) | undefined
    /** Awaits its turn, then runs the renewal; by default at once. */
    readonly takeTurn?: ((renewal: () => Promise<void>) => Promise<void>) | undefined
  }

/** How a certificate stands; fit for JSON, times in ISO 8601. */
export interface RenewalStatus {
  readonly certificatePath: string
  /** `retrying` after a failure; `starting` until the file was first read; `ended` when `run` has returned. */
  readonly state: 'starting' | 'waiting' | 'renewing' | 'retrying' | 'ended'
  /** The common name, or the first subjectAltName. */
  readonly subject?: string | undefined
  /** Decimal. */
  readonly serialNumber?: string | undefined
  readonly notBefore?: string | undefined
  readonly notAfter?: string | undefined
  readonly isExpired?: boolean | undefined
  readonly lastRenewal?: string | undefined
  /** Of the last attempt, gone after a renewal. */
  readonly lastError?: { readonly at: string; readonly message: string } | undefined
  readonly nextAttempt?: string | undefined
}
