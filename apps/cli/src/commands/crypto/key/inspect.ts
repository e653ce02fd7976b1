import type { JsonWebKey, KeyObject } from 'node:crypto'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { CommandError } from '../../../framework/errors.ts'
import { writeResult } from '../../../framework/report.ts'
import { loadKeyFile } from '../../../keys/key-file.ts'
import { keyPasswordFlag } from '../../../keys/key-password-flag.ts'

export const command: CommandDefinition = defineCommand({
  usage: '[<key-file>]',
  summary: 'print key details in human-readable format',
  description:
    'mayfly crypto key inspect prints the numbers of a key, private ones included, read from a file or from standard input.',
  example: '$ mayfly crypto key inspect foo.key',
  positional: { minimum: 0, maximum: 1 },
  flags: {
    ...keyPasswordFlag,
  },
  async run({ positional: [path = '-'], flags, io }) {
    const { key } = await loadKeyFile(io, path, { passwordFile: flags['password-file'] })
    writeResult(io, describeKey(key))
    return 0
  },
})

function describeKey(key: KeyObject): string {
  const jwk = key.export({ format: 'jwk' })
  const isPrivate = key.type === 'private'
  switch (jwk.kty) {
    case 'EC': {
      // The name with "Key" twice is step's.
      const bits = curveBits.get(jwk.crv ?? '') ?? 0
      return [
        `EC ${isPrivate ? 'PrivateKey' : 'Public'}-Key: (${bits} bit)\n`,
        octetRows('X', jwk.x),
        octetRows('Y', jwk.y),
        ...(isPrivate ? [octetRows('D', jwk.d)] : []),
        `Curve: ${jwk.crv}\n`,
      ].join('')
    }
    case 'RSA':
      return describeRsa(jwk, isPrivate)
    case 'OKP':
      if (jwk.crv !== 'Ed25519') break
      return [
        `Ed25519 ${isPrivate ? 'Private-Key: (512' : 'Public-Key: (256'} bit)\n`,
        octetRows('Public', jwk.x),
        ...(isPrivate ? [octetRows('Private', jwk.d)] : []),
      ].join('')
  }
  throw new CommandError('key_unfit', `unsupported key type '${jwk.crv ?? jwk.kty}'`)
}

function describeRsa(jwk: JsonWebKey, isPrivate: boolean): string {
  const modulus = octetsOf(jwk.n)
  const exponent = BigInt(`0x${octetsOf(jwk.e).toString('hex')}`)
  const shown = `${exponent} (0x${exponent.toString(16)})`
  const size = `(${modulus.length * 8} bit)`
  if (!isPrivate) {
    return `RSA Public-Key: ${size}\n${octetRows('Modulus', jwk.n)}Exponent: ${shown}\n`
  }
  return [
    `RSA Private-Key: ${size}\n`,
    octetRows('Modulus', jwk.n),
    `Public Exponent: ${shown}\n`,
    octetRows('Private Exponent', jwk.d, modulus.length),
    octetRows('Prime #1', jwk.p),
    octetRows('Prime #2', jwk.q),
    octetRows('Exponent #1', jwk.dp),
    octetRows('Exponent #2', jwk.dq),
    octetRows('Coefficient', jwk.qi),
  ].join('')
}

/** `Name:` and the octets in hex, sixteen a row, filled up on the left to `length`. */
function octetRows(name: string, text: string | undefined, length = 0): string {
  const octets = octetsOf(text)
  const hex = octets.toString('hex').padStart(length * 2, '0')
  const pairs = hex.match(/../g) ?? []
  const rows = Array.from({ length: Math.ceil(pairs.length / 16) }, (_, row) =>
    pairs.slice(row * 16, (row + 1) * 16).join(':'),
  )
  return `${name}:\n    ${rows.join(':\n    ')}\n`
}

function octetsOf(text = ''): Buffer {
  return Buffer.from(text, 'base64url')
}

const curveBits: ReadonlyMap<string, number> = new Map([
  ['P-256', 256],
  ['P-384', 384],
  ['P-521', 521],
])
