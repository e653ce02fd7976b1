import { generatePassword } from '@mayfly/keystore-hsm'
import { loadFirstPassword } from '../files/password.ts'
import { CommandError, notOfferedYet } from '../framework/errors.ts'
import { reportFact, reportLine } from '../framework/report.ts'
import type { Io } from '../io.ts'
import { type Questions, withQuestions } from '../terminal/questions.ts'
import { objectToAddress, parseHostNames } from './host-names.ts'

/** What `ca init` needs to know, from flags or from the user. */
export interface PkiAnswers {
  readonly name: string
  readonly password: string
  readonly generatedPassword: boolean
  /** Left out when only certificates and keys are wanted. */
  readonly server:
    | {
        readonly dnsNames: readonly [string, ...string[]]
        readonly address: string
        readonly provisionerName: string
        readonly provisionerPassword?: string
      }
    | undefined
}

interface PkiFlags {
  readonly name: string | undefined
  readonly dns: readonly string[]
  readonly address: string | undefined
  readonly provisioner: string | undefined
  readonly 'password-file': string | undefined
  readonly 'provisioner-password-file': string | undefined
  readonly 'deployment-type': string | undefined
  readonly pki: boolean
}

/**
 * Takes the answers from the flags and asks for the rest, in step's order and words.
 *
 * @throws {CommandError} `flag_invalid` for a flag that is no answer, `terminal_unavailable` when one is missing and
 * nobody can be asked.
 */
export async function askPkiAnswers(io: Io, flags: PkiFlags): Promise<PkiAnswers> {
  const given = await checkGiven(io, flags)
  const ask = createAsker(io)
  if (!isTold(flags)) await askDeploymentType(ask, io)
  const name =
    flags.name ??
    (await ask.text('What would you like to name your new PKI?', '(e.g. Smallstep)', notEmpty))
  const dnsNames = flags.pki ? undefined : (given.dnsNames ?? (await askHostNames(ask)))
  const address = flags.pki ? undefined : (flags.address ?? (await askAddress(ask)))
  const provisionerName = flags.pki
    ? undefined
    : (flags.provisioner ??
      (await ask.text(
        "What would you like to name the CA's first provisioner?",
        '(e.g. you@smallstep.com)',
        notEmpty,
      )))
  const chosen = given.password ?? (await askNewPassword(ask, flags))
  const server =
    dnsNames === undefined || address === undefined || provisionerName === undefined
      ? undefined
      : {
          dnsNames,
          address,
          provisionerName,
          ...(given.provisionerPassword === undefined
            ? {}
            : { provisionerPassword: given.provisionerPassword }),
        }
  return typeof chosen === 'string'
    ? { name, password: chosen, generatedPassword: false, server }
    : { name, ...chosen, server }
}

async function checkGiven(
  io: Io,
  flags: PkiFlags,
): Promise<{
  readonly dnsNames: readonly [string, ...string[]] | undefined
  readonly password: string | undefined
  readonly provisionerPassword: string | undefined
}> {
  const dns = flags.dns.length === 0 ? undefined : parseHostNames(flags.dns)
  if (dns !== undefined && 'objection' in dns) throw new CommandError('flag_invalid', dns.objection)
  const objection = flags.address === undefined ? undefined : objectToAddress(flags.address)
  if (objection !== undefined) throw new CommandError('flag_invalid', objection)
  return {
    dnsNames: dns?.names,
    password: await loadFirstPassword(io, [flags['password-file']]),
    provisionerPassword: await loadFirstPassword(io, [flags['provisioner-password-file']]),
  }
}

/** With all else said by flags, a stand-alone CA is meant. */
function isTold(flags: PkiFlags): boolean {
  if (flags['deployment-type'] !== undefined) return true
  const { name, dns, address, provisioner, pki } = flags
  if (name === undefined || flags['password-file'] === undefined) return false
  return pki || (dns.length > 0 && address !== undefined && provisioner !== undefined)
}

interface Asker {
  readonly io: Io
  text(
    question: string,
    label: string,
    validate: (answer: string) => string | undefined,
  ): Promise<string>
  with<T>(ask: (questions: Questions) => Promise<T>): Promise<T>
}

function createAsker(io: Io): Asker {
  return {
    io,
    with: (ask) => withQuestions(io, ask),
    text: (question, label, validate) => {
      return withQuestions(io, ({ askText }) => {
        reportLine(io, question)
        return askText(label, { validate })
      })
    },
  }
}

async function askDeploymentType(ask: Asker, io: Io): Promise<void> {
  const index = await ask.with(({ askChoice }) =>
    askChoice('What deployment type would you like to configure?', [
      'Standalone - mayfly-ca instance you run yourself',
      'Linked - standalone, plus cloud configuration, reporting & alerting',
      'Hosted - fully-managed cloud instance run for you',
    ]),
  )
  if (index !== 0) throw notOfferedYet(`a ${index === 1 ? 'linked' : 'hosted'} deployment`)
  reportFact(io, 'Deployment Type', 'Standalone')
}

async function askHostNames(ask: Asker): Promise<readonly [string, ...string[]]> {
  const answer = await ask.text(
    'What DNS names or IP addresses will clients use to reach your CA?',
    '(e.g. ca.example.com[,10.1.2.3,etc.])',
    (text) => {
      const parsed = parseHostNames([text])
      return 'objection' in parsed ? parsed.objection : undefined
    },
  )
  const parsed = parseHostNames([answer])
  if ('objection' in parsed) throw new TypeError('an answer was accepted and is refused')
  return parsed.names
}

async function askAddress(ask: Asker): Promise<string> {
  return await ask.text(
    'What IP and port will your new CA bind to? (:443 will bind to 0.0.0.0:443)',
    '(e.g. :443 or 127.0.0.1:443)',
    objectToAddress,
  )
}

async function askNewPassword(
  ask: Asker,
  { pki }: PkiFlags,
): Promise<{ readonly password: string; readonly generatedPassword: boolean }> {
  return await ask.with(async ({ askPassword, askText }) => {
    reportLine(
      ask.io,
      pki
        ? 'Choose a password for your CA keys.'
        : 'Choose a password for your CA keys and first provisioner.',
    )
    const typed = await askPassword("[leave empty and we'll generate one]")
    if (typed !== '') return { password: typed, generatedPassword: false }
    const password = await askText('Password', {
      initial: generatePassword(ask.io.random),
      validate: notEmpty,
    })
    return { password, generatedPassword: true }
  })
}

function notEmpty(answer: string): string | undefined {
  return answer.trim() === '' ? 'value is empty' : undefined
}
