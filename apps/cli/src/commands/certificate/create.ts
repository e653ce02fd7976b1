import { createSigner, encodePrivateKeyPem } from '@mayfly/keystore-hsm'
import {
  createCertificationRequest,
  createName,
  encodeCertificationRequestPem,
  guessGeneralName,
} from '@mayfly/x509-profiles'
import { forceFlag } from '../../ca/force-flag.ts'
import { keyTypeFlags, parseKeyType } from '../../ca/key-type-flags.ts'
import { parseCreationKind } from '../../certificates/create-flags.ts'
import {
  type LocalTemplate,
  loadLocalTemplate,
  localTemplateFlags,
} from '../../certificates/local-template.ts'
import { chosenValidity, localValidityFlags } from '../../certificates/local-validity.ts'
import { makeCertificate } from '../../certificates/new-certificate.ts'
import { assertPasswordFlags, newPasswordFlags } from '../../certificates/new-password.ts'
import {
  loadSubjectKey,
  makeSubjectKey,
  privateKeyOf,
  type SubjectKey,
} from '../../certificates/subject-key.ts'
import {
  makeTemplatedCertificate,
  makeTemplatedRequest,
  type TemplatedSubject,
} from '../../certificates/templated-certificate.ts'
import { assertKeepsInputs, isSameFile } from '../../files/distinct-files.ts'
import { clearKeyMode, confirmOverwrite, reserveOutputFile } from '../../files/output-file.ts'
import { assertArgumentCount } from '../../framework/argument-count.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError } from '../../framework/errors.ts'
import { notOfferedFlags, refuseNotOffered } from '../../framework/not-offered.ts'
import { reportLine } from '../../framework/report.ts'
import type { Io } from '../../io.ts'
import { newPassword } from '../../keys/new-key-password.ts'

const later = notOfferedFlags({ text: ['ca-kms', 'kms'], boolean: [] })

export const command: CommandDefinition = defineCommand({
  usage: '<subject> <crt-file> <key-file>',
  summary: 'create a certificate or certificate signing request',
  description:
    'mayfly certificate create makes a key and a certificate for it, or a CSR, without a CA that runs. With --key the certificate is for a key that exists, and <key-file> may be left out. With --template a template says what it holds; without --ca it is self-signed then.',
  example: `$ mayfly certificate create 'Demo Root' root.crt root.key --profile root-ca
$ mayfly certificate create db.local db.crt db.key --ca ca.crt --ca-key ca.key
$ mayfly certificate create db.local db.csr db.key --csr
$ mayfly certificate create db.local db.crt db.key --ca ca.crt --ca-key ca.key \\
  --template leaf.tpl --set team=blue`,
  positional: { minimum: 2, maximum: 3 },
  flags: {
    profile: {
      type: 'text',
      value: 'profile',
      options: ['leaf', 'intermediate-ca', 'root-ca', 'self-signed'],
      help: 'leaf (default), intermediate-ca, root-ca or self-signed.',
    },
    ...localTemplateFlags,
    csr: { type: 'boolean', help: 'Make a certificate signing request instead.' },
    ca: { type: 'text', value: 'file', help: "The issuer's certificate." },
    'ca-key': { type: 'text', value: 'file', help: "The issuer's private key." },
    'ca-password-file': {
      type: 'text',
      value: 'file',
      help: "The file with the password of the issuer's key; asked for if left out.",
    },
    san: {
      type: 'text',
      value: 'name',
      repeatable: true,
      help: 'A DNS name, IP address, email address or URI of a leaf or CSR; the subject if none is given.',
    },
    ...localValidityFlags,
    ...keyTypeFlags,
    key: { type: 'text', value: 'file', help: 'Use this key instead of making a new one.' },
    ...newPasswordFlags,
    bundle: { type: 'boolean', help: "Append the issuer's certificate to the leaf." },
    'skip-csr-signature': { type: 'boolean', help: 'Allows --key to be a public key.' },
    subtle: { type: 'boolean', help: 'Allows --profile self-signed.' },
    insecure: { type: 'boolean', help: 'Allows --no-password.' },
    ...forceFlag,
    ...later,
  },
  async run({ positional, usage, flags, given, io }) {
    if (flags.key === undefined) assertArgumentCount({ positional, usage }, threeArguments)
    const [subject = '', certificatePath = '', keyPath] = positional
    assertPasswordFlags(flags)
    refuseNotOffered(flags, later)
    const kind = parseCreationKind(flags, given)
    if (keyPath !== undefined && isSameFile(certificatePath, keyPath)) {
      throw new CommandError(
        'arguments_wrong',
        `positional arguments <<crt-file>> and <<key-file>> cannot be equal in '${usage}'`,
      )
    }
    // A key may take its own place, with another password.
    assertKeepsInputs(keyPath, [flags.ca, flags['ca-key']])
    assertKeepsInputs(certificatePath, [flags.ca, flags['ca-key'], flags.key])
    const clock = { now: io.now(), isAuthority: kind === 'root-ca' || kind === 'intermediate-ca' }
    const validity = chosenValidity(flags, clock)
    const template = await loadLocalTemplate(io, flags)
    const key =
      flags.key === undefined
        ? await makeSubjectKey(parseKeyType(flags))
        : await loadSubjectKey(io, flags.key, {
            passwordFile: flags['password-file'],
            allowsPublicKey: flags['skip-csr-signature'] || kind === 'csr',
          })
    const asked = { subject, names: namesOf(flags.san, subject), key }
    const { bundle } = flags
    const issuerFiles = {
      certificatePath: flags.ca ?? '',
      keyPath: flags['ca-key'] ?? '',
      passwordFile: flags['ca-password-file'],
    }
    const certificate =
      kind === 'csr'
        ? await makeRequest(asked, template)
        : template === undefined
          ? await makeCertificate(io, {
              ...{ kind, subject, key, validity, issuerFiles, bundle },
              subjectAltNames: asked.names.map(guessGeneralName),
            })
          : await makeTemplatedCertificate(io, template, asked, {
              validityWithin: (bounds) => chosenValidity(flags, clock, bounds),
              issuerFiles: kind === 'self-signed' ? undefined : issuerFiles,
              bundle,
            })
    const keyPem = keyPath === undefined ? undefined : await sealKey(io, key, flags)
    await writeBoth(io, { certificatePath, certificate, keyPath, keyPem }, flags)
    const noun = kind === 'csr' ? 'certificate signing request' : 'certificate'
    reportLine(io, `Your ${noun} has been saved in ${certificatePath}.`)
    if (keyPath !== undefined) reportLine(io, `Your private key has been saved in ${keyPath}.`)
    return 0
  },
})

/** `--san` as given; without any the subject, unless it is empty. */
function namesOf(sans: readonly string[], subject: string): readonly string[] {
  if (sans.length > 0) return sans
  return subject === '' ? [] : [subject]
}

async function makeRequest(
  asked: TemplatedSubject,
  template: LocalTemplate | undefined,
): Promise<string> {
  if (template !== undefined) return makeTemplatedRequest(template, asked)
  const request = await createCertificationRequest({
    subject: createName({ commonName: asked.subject }),
    subjectAltNames: asked.names.map(guessGeneralName),
    signer: createSigner(privateKeyOf(asked.key)),
  })
  return encodeCertificationRequestPem(request)
}

async function sealKey(
  io: Io,
  key: SubjectKey,
  flags: Parameters<typeof newPassword>[1],
): Promise<string> {
  const privateKey = privateKeyOf(key)
  const password = await newPassword(io, flags, {
    label: 'Please enter the password to encrypt the private key',
    what: 'the password of the new key',
  })
  return await encodePrivateKeyPem(privateKey, password === undefined ? {} : { password })
}

/** The key goes first: a certificate without its key is of no use. */
async function writeBoth(
  io: Io,
  files: {
    readonly certificatePath: string
    readonly certificate: string
    readonly keyPath: string | undefined
    readonly keyPem: string | undefined
  },
  flags: { readonly force: boolean },
): Promise<void> {
  const { certificatePath, certificate, keyPath, keyPem } = files
  if (keyPath !== undefined) await confirmOverwrite(io, keyPath, flags)
  await confirmOverwrite(io, certificatePath, flags)
  await using certificateFile = await reserveOutputFile(certificatePath)
  await certificateFile.fill(certificate)
  if (keyPath !== undefined && keyPem !== undefined) {
    await using keyFile = await reserveOutputFile(keyPath, { maximumMode: clearKeyMode })
    await keyFile.fill(keyPem)
    await keyFile.publish()
  }
  await certificateFile.publish()
}

const threeArguments = { minimum: 3, maximum: 3 } as const
