import { hash } from 'node:crypto'
import type {
  CertificateRecord,
  Claim,
  IssuanceUnit,
} from '../../../packages/db-adapters/src/index.ts'
import { measuredName } from '../identities.ts'

/** How a store came to hold its certificates. */
export interface PopulationOptions {
  /** How many certificates there are to be in all. */
  readonly rows: number
  /** Each key lives for so many certificates: the first for a token, the others renewals of the one before. */
  readonly certificatesPerKey: number
  /** Serial numbers are random all over, rather than growing with each issuance as those that begin with its time. */
  readonly hasRandomSerials?: boolean
  /** When the last one was issued. */
  readonly now: Date
  /** Issued by the authority; the others are copies with what differs written over. */
  readonly template: CertificateRecord
}

/** Certificates as a fleet of hosts leaves them behind, the oldest first; each follows from its number alone. */
export interface Population {
  /** The unit that issues certificate `index`. */
  unit(index: number): IssuanceUnit
  record(index: number): CertificateRecord
  /** A first certificate of a key of its own, beyond the population. `number` is used once. */
  firstIssue(number: number): IssuanceUnit
  /** A renewal of certificate `index`, beyond the population. `number` is used once. */
  renewal(number: number, index: number): IssuanceUnit
}

/**
 * Hosts hold certificates of a day and renew them at two thirds, in turn, for as long as retention keeps what has ended.
 */
export function createPopulation(options: PopulationOptions): Population {
  const { rows, certificatesPerKey, hasRandomSerials = false, now, template } = options
  const hosts = Math.max(1, Math.round((rows * renewalSeconds) / keptSeconds))
  const write = createWriter(template)

  function keyOf(index: number): string {
    const host = index % hosts
    return `${host} ${Math.floor((Math.floor(index / hosts) + host) / certificatesPerKey)}`
  }

  /** 16 octets, positive and minimal, as the authority draws them. */
  function serialOf(name: string, order: number): Buffer {
    const octets = digest(`serial ${name}`).subarray(0, 16)
    if (!hasRandomSerials) octets.writeUIntBE(order, 0, 6)
    octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40
    return octets
  }

  function record(index: number): CertificateRecord {
    const host = index % hosts
    const round = Math.floor(index / hosts)
    // Hosts begin at different points of their keys' lives, so that tokens come evenly.
    const turn = (round + host) % certificatesPerKey
    const isFirst = round === 0 || turn === 0
    const age = ((rows - 1 - index) / rows) * keptSeconds
    const issuedAt = new Date(now.getTime() - Math.round(age * 1000))
    return {
      ...write({
        serial: serialOf(`${index}`, index),
        key: keyOf(index),
        name: `h${String(host).padStart(hostNameLength - 1, '0')}`,
        issuedAt,
      }),
      ...(isFirst ? {} : { predecessor: numberOf(serialOf(`${index - hosts}`, index - hosts)) }),
    }
  }

  function unitOf(name: string, certificate: CertificateRecord, claim: Claim): IssuanceUnit {
    const { serialNumber, provisionerId, issuedAt: at } = certificate
    const requestId = digest(`request ${name}`).toString('hex').slice(0, 20)
    const action = claim.kind === 'token' ? 'sign' : 'renew'
    return { claim, certificate, audit: { at, action, serialNumber, provisionerId, requestId } }
  }

  function tokenOf(name: string, { issuedAt }: CertificateRecord): Claim {
    const expiresAt = new Date(issuedAt.getTime() + tokenSeconds * 1000)
    return { kind: 'token', tokenId: digest(`token ${name}`), expiresAt }
  }

  return {
    record,
    unit(index) {
      const certificate = record(index)
      // A renewal's predecessor is known to be unrevoked: nobody need ask again.
      const isFirst = certificate.predecessor === undefined
      const claim: Claim = isFirst ? tokenOf(`${index}`, certificate) : { kind: 'none' }
      return unitOf(`${index}`, certificate, claim)
    },
    firstIssue(number) {
      const name = `first ${number}`
      const certificate = write({
        serial: serialOf(name, rows + number),
        key: name,
        name: 'new-host',
        issuedAt: now,
      })
      return unitOf(name, certificate, tokenOf(name, certificate))
    },
    renewal(number, index) {
      const name = `renewal ${number}`
      const old = record(index)
      const host = old.subject.slice(0, hostNameLength)
      const certificate: CertificateRecord = {
        ...write({
          serial: serialOf(name, rows + number),
          key: keyOf(index),
          name: host,
          issuedAt: now,
        }),
        predecessor: old.serialNumber,
      }
      return unitOf(name, certificate, { kind: 'renewal', predecessor: old.serialNumber })
    },
  }
}

interface Difference {
  readonly serial: Buffer
  readonly key: string
  readonly name: string
  readonly issuedAt: Date
}

/** Writes what differs over copies of the template. The signature stays the template's, and fits none of them. */
function createWriter(template: CertificateRecord): (difference: Difference) => CertificateRecord {
  const der = Buffer.from(template.der)
  const serialAt = [der.indexOf(octetsOf(template.serialNumber))]
  const notBeforeAt = [der.indexOf(utcTime(template.notBefore))]
  const notAfterAt = [der.indexOf(utcTime(template.notAfter))]
  const namesAt = positionsOf(der, measuredName)
  // RFC 5480 §2.2: an uncompressed point of P-256 follows its curve's identifier as a BIT STRING of 66 octets.
  const pointAt = [der.indexOf(Buffer.from('03420004', 'hex')) + 4]
  const spkiStart = (pointAt[0] ?? 0) - 27
  for (const [position = -1] of [serialAt, notBeforeAt, notAfterAt, namesAt, pointAt]) {
    if (position < 4) throw new TypeError('the template is no certificate of a P-256 key')
  }
  const lifetime = template.notAfter.getTime() - template.issuedAt.getTime()
  const backdate = template.issuedAt.getTime() - template.notBefore.getTime()

  return ({ serial, key, name, issuedAt }) => {
    const copy = Buffer.from(der)
    const put = (positions: readonly number[], octets: Uint8Array | string): void => {
      for (const position of positions) copy.set(Buffer.from(octets), position)
    }
    const notBefore = wholeSecond(issuedAt.getTime() - backdate)
    const notAfter = wholeSecond(issuedAt.getTime() + lifetime)
    const subject = `${name}${measuredName}`.slice(0, measuredName.length)
    const point = Buffer.concat([digest(`x ${key}`), digest(`y ${key}`)])
    put(serialAt, serial)
    put(notBeforeAt, utcTime(notBefore))
    put(notAfterAt, utcTime(notAfter))
    put(namesAt, subject)
    put(pointAt, point)
    return {
      ...template,
      serialNumber: numberOf(serial),
      der: new Uint8Array(copy),
      subject,
      names: [`dns:${subject}`],
      publicKeySha256: digest(copy.subarray(spkiStart, spkiStart + 91)),
      notBefore,
      notAfter,
      issuedAt,
    }
  }
}

function numberOf(serial: Buffer): bigint {
  return BigInt(`0x${serial.toString('hex')}`)
}

function octetsOf(serialNumber: bigint): Buffer {
  return Buffer.from(serialNumber.toString(16).padStart(32, '0'), 'hex')
}

function digest(text: string | Buffer): Buffer {
  return hash('sha256', text, 'buffer')
}

function positionsOf(octets: Buffer, text: string): number[] {
  const positions: number[] = []
  for (let at = octets.indexOf(text); at >= 0; at = octets.indexOf(text, at + 1)) positions.push(at)
  return positions
}

/** RFC 5280 §4.1.2.5.1: `YYMMDDHHMMSSZ`. */
function utcTime(time: Date): string {
  return `${time.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`
}

function wholeSecond(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000)
}

const renewalSeconds = 16 * 3600
/** 90 days beyond the end of a certificate of a day. */
const keptSeconds = 91 * 86_400
const tokenSeconds = 300
const hostNameLength = 8
