import { signJws } from '@mayfly/jwt-tokens'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { flagsMutuallyExclusive } from '../../../framework/errors.ts'
import { writeResult } from '../../../framework/report.ts'
import { loadToolKeys, toolKeyFlags } from '../../../keys/tool-key.ts'
import { certificateHeader, certificateHeaderFlags } from '../certificate-header.ts'
import { readPayload } from '../payload-input.ts'

export const command: CommandDefinition = defineCommand({
  usage: '[<file>] --key=<file>',
  summary: 'create a signed JWS data structure',
  description:
    'mayfly crypto jws sign signs a file, or standard input, and prints a compact JSON Web Signature.',
  example: '$ mayfly crypto jws sign foo.txt --key foo.key',
  positional: { minimum: 0, maximum: 1 },
  flags: {
    alg: {
      type: 'text',
      value: 'algorithm',
      aliases: ['algorithm'],
      help: 'The algorithm; that of the key, or the usual one of its kind, if left out.',
    },
    ...toolKeyFlags,
    key: { ...toolKeyFlags.key, aliases: ['x5c-key', 'x5t-key'] },
    typ: { type: 'text', value: 'type', help: 'The member typ of the header.' },
    cty: { type: 'text', value: 'type', help: 'The member cty of the header.' },
    jku: { type: 'text', value: 'url', help: 'The member jku of the header.' },
    jwk: { type: 'boolean', help: 'Put the public key into the header.' },
    ...certificateHeaderFlags,
    subtle: { type: 'boolean', hidden: true, help: 'Changes nothing.' },
    'no-kid': { type: 'boolean', hidden: true, help: 'Leaves kid out of the header.' },
  },
  async run({ positional: [path], flags, io }) {
    const keys = await loadToolKeys(io, flags)
    if (flags.jwk && flags['x5c-cert'] !== undefined)
      throw flagsMutuallyExclusive('x5c-cert', 'jwk')
    if (flags.jwk && flags['x5t-cert'] !== undefined)
      throw flagsMutuallyExclusive('x5t-cert', 'jwk')
    const certificate = await certificateHeader(io, flags, keys.key)
    const { typ, cty, jku } = flags
    const jws = await signJws({
      ...keys,
      algorithm: flags.alg,
      payload: await readPayload(io, path),
      headers: { typ, cty, jku, ...certificate },
      embedsKey: flags.jwk,
      omitsKeyId: flags['no-kid'],
    })
    writeResult(io, `${jws}\n`)
    return 0
  },
})
