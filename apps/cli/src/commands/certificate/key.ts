import { createPublicKey } from 'node:crypto'
import { encodePrivateKeyPem, parsePrivateKeyPem } from '@mayfly/keystore-hsm'
import {
  encodePem,
  parseCertificate,
  parseCertificationRequest,
  parsePem,
} from '@mayfly/x509-profiles'
import { forceFlag } from '../../ca/force-flag.ts'
import { parseNamed } from '../../certificates/named-file.ts'
import { readInput } from '../../files/input-file.ts'
import { confirmOverwrite, writeOutputFile } from '../../files/output-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError } from '../../framework/errors.ts'
import { reportLine, writeResult } from '../../framework/report.ts'
import { wantsPassword } from '../../keys/key-text.ts'

export const command: CommandDefinition = defineCommand({
  usage: '<crt-file>',
  summary: 'print public key embedded in a certificate',
  description:
    'mayfly certificate key prints the public key of a certificate or CSR. A key is printed as it is; an encrypted one is refused.',
  example: '$ mayfly certificate key foo.crt',
  positional: { minimum: 1, maximum: 1 },
  flags: {
    out: {
      type: 'text',
      value: 'file',
      aliases: ['output-file'],
      help: 'Write to this file instead of standard output.',
    },
    ...forceFlag,
  },
  async run({ positional: [path = ''], flags, io }) {
    const pem = await keyOf((await readInput(io, path)).toString(), path)
    if (flags.out === undefined) {
      writeResult(io, pem)
      return 0
    }
    await confirmOverwrite(io, flags.out, flags)
    await writeOutputFile(flags.out, pem)
    reportLine(io, `The public key has been saved in ${flags.out}.`)
    return 0
  },
})

async function keyOf(text: string, path: string): Promise<string> {
  const [block] = text.includes('-----BEGIN ') ? parseNamed(path, () => parsePem(text)) : []
  switch (block?.label) {
    case undefined:
      throw unfit('error decoding PEM: not a valid PEM encoded block')
    case 'CERTIFICATE':
      return publicKeyPem(parseNamed(path, () => parseCertificate(block.octets)))
    case 'CERTIFICATE REQUEST':
    case 'NEW CERTIFICATE REQUEST':
      return publicKeyPem(parseNamed(path, () => parseCertificationRequest(block.octets)))
    case 'PUBLIC KEY':
      return parsePublicKey(text, path)
    default:
      return await plainPrivateKey(text, path)
  }
}

/** The key as the certificate has it, of whatever kind. */
function publicKeyPem(holder: { readonly subjectPublicKeyInfo: Uint8Array }): string {
  return encodePem('PUBLIC KEY', holder.subjectPublicKeyInfo)
}

function parsePublicKey(text: string, path: string): string {
  try {
    return createPublicKey(text).export({ format: 'pem', type: 'spki' }).toString()
  } catch (cause) {
    throw unfit(`error parsing ${path}: not a PUBLIC KEY`, cause)
  }
}

/** What is encrypted was meant to stay so. */
async function plainPrivateKey(text: string, path: string): Promise<string> {
  if (wantsPassword(text)) {
    throw new CommandError('key_unfit', `${path} is an encrypted private key`, {
      hint: 'mayfly crypto change-pass --no-password --insecure writes it in the clear',
    })
  }
  return await encodePrivateKeyPem(await parsePrivateKeyPem(text, { name: path }))
}

function unfit(message: string, cause?: unknown): CommandError {
  return new CommandError('key_unfit', message, { cause })
}
