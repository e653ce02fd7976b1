import { isIP } from 'node:net'

/**
 * Splits what was given as names of the CA (commas or blanks between them) and says what is wrong with it.
 *
 * Returns the names, or the objection to them.
 */
export function parseHostNames(
  texts: readonly string[],
): { readonly names: readonly [string, ...string[]] } | { readonly objection: string } {
  const [first, ...others] = texts
    .flatMap((text) => text.split(/[\s,]+/))
    .filter((name) => name !== '')
  if (first === undefined) return { objection: 'dns must not be empty' }
  const wrong = [first, ...others].find((name) => !isHostName(name))
  if (wrong !== undefined) {
    return { objection: `${wrong} is not a valid DNS name or IP address` }
  }
  return { names: [first, ...others] }
}

/** Says what is wrong with a listen address: `host:port` or `:port` is right. */
export function objectToAddress(text: string): string | undefined {
  if (text.trim() === '') return 'value is empty'
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(text) ?? []
  const bare = host.startsWith('[') ? host.slice(1, -1) : host
  const isRight =
    port !== '' &&
    Number(port) <= 65_535 &&
    (host === '' || (isHostName(bare) && hasBrackets(host, bare)))
  return isRight ? undefined : `${text} is not an TCP address`
}

/** Says how a port is written that was given alone; `undefined` for what is wrong otherwise. */
export function hintAtAddress(text: string): string | undefined {
  return /^\d{1,5}$/.test(text) ? `write :${text}` : undefined
}

function hasBrackets(host: string, bare: string): boolean {
  return (isIP(bare) === 6) === (host !== bare)
}

function isHostName(name: string): boolean {
  if (isIP(name) !== 0) return true
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  const labels = bare.split('.')
  // A name that ends in a number is taken for an IPv4 address, which was looked for before.
  const isNumeric = /^\d+$/.test(labels.at(-1) ?? '')
  return bare.length <= 253 && !isNumeric && labels.every((label) => labelPattern.test(label))
}

const labelPattern = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i
