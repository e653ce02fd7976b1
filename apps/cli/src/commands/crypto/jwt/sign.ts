import { signJwt } from '@mayfly/jwt-tokens'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { CommandError, flagValueInvalid } from '../../../framework/errors.ts'
import { writeResult } from '../../../framework/report.ts'
import { loadToolKeys, toolKeyFlags } from '../../../keys/tool-key.ts'
import { certificateHeader, certificateHeaderFlags } from '../certificate-header.ts'
import { readPayload } from '../payload-input.ts'

export const command: CommandDefinition = defineCommand({
  usage: '[<file>] --key=<file>',
  summary: 'create a signed JWT data structure',
  description:
    'mayfly crypto jwt sign signs a token. Its claims are the JSON object in a file, or on standard input, and those of the flags; where both name one, the object counts.',
  example: `$ echo '{"scope":"read"}' | mayfly crypto jwt sign --key foo.key --iss me@example.com --sub foo --aud https://api.internal --exp $(date -u -d "+1 hour" +%s)`,
  positional: { minimum: 0, maximum: 1 },
  flags: {
    iss: { type: 'text', value: 'issuer', aliases: ['issuer'], help: 'Who makes it.' },
    aud: {
      type: 'text',
      value: 'audience',
      aliases: ['audience'],
      repeatable: true,
      help: 'Whom it is for.',
    },
    sub: { type: 'text', value: 'subject', aliases: ['subject'], help: 'Whom it speaks of.' },
    exp: {
      type: 'integer',
      value: 'seconds',
      aliases: ['expiration'],
      help: 'When it ends, in seconds since 1970.',
    },
    nbf: {
      type: 'integer',
      value: 'seconds',
      aliases: ['not-before'],
      help: 'When it begins, in seconds since 1970; now if left out.',
    },
    iat: {
      type: 'integer',
      value: 'seconds',
      aliases: ['issued-at'],
      help: 'When it was made, in seconds since 1970; now if left out.',
    },
    jti: {
      type: 'text',
      value: 'id',
      aliases: ['jwt-id'],
      help: 'Its id; a random one if left out.',
    },
    header: {
      type: 'text',
      value: 'name=value',
      repeatable: true,
      help: 'A further member of the header.',
    },
    alg: {
      type: 'text',
      value: 'algorithm',
      aliases: ['algorithm'],
      help: 'The algorithm; that of the key, or the usual one of its kind, if left out.',
    },
    ...toolKeyFlags,
    key: { ...toolKeyFlags.key, aliases: ['x5c-key', 'x5t-key'] },
    ...certificateHeaderFlags,
    'x5c-insecure': {
      type: 'boolean',
      hidden: true,
      help: 'Writes the chain as x5cInsecure, which is not verified.',
    },
    subtle: {
      type: 'boolean',
      hidden: true,
      help: 'Allows leaving out --iss, --aud, --sub and --exp.',
    },
    'no-kid': { type: 'boolean', hidden: true, help: 'Leaves kid out of the header.' },
  },
  async run({ positional: [path], flags, io }) {
    const keys = await loadToolKeys(io, flags)
    const { x5c, ...certificate } = await certificateHeader(io, flags, keys.key)
    const payload = (await readPayload(io, path)).toString()
    const token = await signJwt({
      ...keys,
      algorithm: flags.alg,
      payload: payload.trim() === '' ? undefined : payload,
      issuer: flags.iss,
      subject: flags.sub,
      audiences: flags.aud,
      expiration: flags.exp,
      notBefore: flags.nbf,
      issuedAt: flags.iat,
      jwtId: flags.jti,
      headers: {
        ...parseHeaders(flags.header),
        ...certificate,
        ...(x5c === undefined ? {} : { [flags['x5c-insecure'] ? 'x5cInsecure' : 'x5c']: x5c }),
      },
      omitsKeyId: flags['no-kid'],
      subtle: flags.subtle,
      now: io.now,
      random: io.random,
    })
    writeResult(io, `${token}\n`)
    return 0
  },
})

function parseHeaders(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const equals = word.indexOf('=')
      const name = word.slice(0, equals)
      if (equals < 1) throw flagValueInvalid('header', word)
      if (reservedHeaders.has(name)) {
        throw new CommandError('flag_conflict', `flag '--header' cannot set '${name}'`)
      }
      return [name, word.slice(equals + 1)]
    }),
  )
}

/** What the key decides, and what would make a reader refuse the token or trust another key. */
const reservedHeaders: ReadonlySet<string> = new Set(['alg', 'kid', 'crit', 'b64', 'jwk', 'x5c'])
