/** A zone by its IANA name, or a fixed distance from UTC with a name of its own. */
export type Zone =
  | { readonly kind: 'named'; readonly name: string; readonly rules: ZoneRules }
  | { readonly kind: 'fixed'; readonly name: string; readonly offsetSeconds: number }

export const utc: Zone = { kind: 'fixed', name: 'UTC', offsetSeconds: 0 }

/** The zone of an IANA name, `UTC`, the empty text (UTC) or `Local`; undefined: there is none. */
export function findZone(name: string, local: string): Zone | undefined {
  if (name === '' || name === 'UTC') return utc
  const wanted = name === 'Local' ? local : name
  if (wanted === '' || wanted === 'UTC') return utc
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(wanted)) return undefined
  try {
    return { kind: 'named', name: wanted, rules: new ZoneRules(wanted) }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Distance from UTC, east positive, and abbreviation of `zone` at a Unix time. */
export function zoneAt(
  zone: Zone,
  unixSeconds: number,
): { offsetSeconds: number; abbreviation: string } {
  if (zone.kind === 'fixed') return { offsetSeconds: zone.offsetSeconds, abbreviation: zone.name }
  const at = new Date(Math.max(-farthest, Math.min(farthest, unixSeconds * 1000)))
  const offsetSeconds = zone.rules.offsetAt(at)
  return { offsetSeconds, abbreviation: zone.rules.abbreviationAt(at) ?? offsetText(offsetSeconds) }
}

/** The Unix time at which clocks in `zone` show what `wallSeconds` counts as if in UTC. */
export function unixTimeOf(zone: Zone, wallSeconds: number): number {
  const first = wallSeconds - zoneAt(zone, wallSeconds).offsetSeconds
  return wallSeconds - zoneAt(zone, first).offsetSeconds
}

/** The last millisecond that Date knows; the rules of a zone do not change there. */
const farthest = 8_640_000_000_000_000

/** The offsets and abbreviations of one zone. Making the formats is slow, so each is made once, when it is needed. */
class ZoneRules {
  readonly #name: string
  readonly #offsets: Intl.DateTimeFormat
  readonly #names = new Map<string, Intl.DateTimeFormat>()

  /** @throws {RangeError} when there is no such zone. */
  constructor(name: string) {
    this.#name = name
    this.#offsets = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  }

  offsetAt(at: Date): number {
    const text = zonePart(this.#offsets, at)
    const [, sign, hours = '0', minutes = '0', seconds = '0'] =
      /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? []
    const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
    return sign === '-' ? -size : size
  }

  abbreviationAt(at: Date): string | undefined {
    for (const locale of abbreviationLocales) {
      const name = zonePart(this.#namesIn(locale), at)
      if (/^[A-Z]{2,5}$/.test(name)) return name
    }
    return abbreviations.get(this.#name)
  }

  #namesIn(locale: string): Intl.DateTimeFormat {
    const known = this.#names.get(locale)
    if (known !== undefined) return known
    const made = new Intl.DateTimeFormat(locale, { timeZone: this.#name, timeZoneName: 'short' })
    this.#names.set(locale, made)
    return made
  }
}

// Each locale knows the abbreviations of its own part of the world only.
const abbreviationLocales = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-ZA', 'en-NZ', 'en-CA', 'ja-JP']

/** Zones without summer time whose abbreviation no locale knows. */
const abbreviations: ReadonlyMap<string, string> = new Map([
  ['Africa/Lagos', 'WAT'],
  ['Africa/Nairobi', 'EAT'],
  ['Asia/Hong_Kong', 'HKT'],
  ['Asia/Jakarta', 'WIB'],
  ['Asia/Karachi', 'PKT'],
  ['Asia/Manila', 'PST'],
  ['Asia/Seoul', 'KST'],
  ['Asia/Shanghai', 'CST'],
  ['Asia/Taipei', 'CST'],
  ['Europe/Moscow', 'MSK'],
])

function zonePart(format: Intl.DateTimeFormat, at: Date): string {
  return format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? ''
}

/** `+03`, `+0530`: the name of a zone that has no abbreviation. */
function offsetText(offsetSeconds: number): string {
  const size = Math.abs(offsetSeconds)
  const minutes = Math.floor((size % 3600) / 60)
  const hours = String(Math.floor(size / 3600)).padStart(2, '0')
  return `${offsetSeconds < 0 ? '-' : '+'}${hours}${minutes === 0 ? '' : String(minutes).padStart(2, '0')}`
}
