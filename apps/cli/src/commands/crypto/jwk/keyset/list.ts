import { type CommandDefinition, defineCommand } from '../../../../framework/command-definition.ts'
import { printable, printableJson } from '../../../../framework/printable.ts'
import { writeResult } from '../../../../framework/report.ts'
import { loadKeySetFile } from './key-set-file.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<jwks-file>',
  summary: 'list key IDs of the JWKs in a JWK Set',
  description: 'mayfly crypto jwk keyset list prints the ids of the keys of a set, one a line.',
  example: '$ mayfly crypto jwk keyset list keys.json',
  positional: { minimum: 1, maximum: 1 },
  flags: {
    json: { type: 'boolean', help: 'Print a JSON array of objects.' },
  },
  async run({ positional: [path = ''], flags, io }) {
    const keys = await loadKeySetFile(io, path)
    if (flags.json) {
      const entries = keys.map(({ kid, kty, crv, alg, use }) => ({ kid, kty, crv, alg, use }))
      writeResult(io, `${printableJson(JSON.stringify(entries, undefined, 2))}\n`)
      return 0
    }
    for (const { kid } of keys) {
      writeResult(io, `${printable(typeof kid === 'string' ? kid : '')}\n`)
    }
    return 0
  },
})
