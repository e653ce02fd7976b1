import { loadFirstPassword } from '../files/password.ts'
import { CommandError, notOfferedYet } from '../framework/errors.ts'
import { reportFact, reportLine } from '../framework/report.ts'
import type { Io } from '../io.ts'
import { type Questions, withQuestions } from '../terminal/questions.ts'
import { hintAtAddress, objectToAddress, parseHostNames } from './host-names.ts'
import { chooseNewPassword } from './new-password.ts'

/** What `ca init` needs to know, from flags or from the user. */
export interface PkiAnswers {
  readonly name: string
  readonly password: string
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
  const ask = createAsker(io, missingFlags(flags))
  if (!isTold(flags)) await askDeploymentType(ask, io)
  const name =
    flags.name ??
    (await ask.text({
      what: "the PKI's name",
      question: 'What would you like to name your new PKI?',
      label: '(e.g. Smallstep)',
      validate: notEmpty,
    }))
  const dnsNames = flags.pki ? undefined : (given.dnsNames ?? (await askHostNames(ask)))
  const address = flags.pki ? undefined : (flags.address ?? (await askAddress(ask)))
  const provisionerName = flags.pki
    ? undefined
    : (flags.provisioner ??
      (await ask.text({
        what: "the provisioner's name",
        question: "What would you like to name the CA's first provisioner?",
        label: '(e.g. you@smallstep.com)',
        validate: notEmpty,
      })))
  const password = given.password ?? (await askNewPassword(ask, flags))
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
  return { name, password, server }
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
  if (objection !== undefined) {
    throw new CommandError('flag_invalid', objection, { hint: hintAtAddress(flags.address ?? '') })
  }
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

/** The flags that would leave nothing to be asked, as they are to be typed. */
function missingFlags(flags: PkiFlags): string {
  const wanted = [
    { given: isTold(flags), words: '--deployment-type standalone' },
    { given: flags.name !== undefined, words: '--name NAME' },
    { given: flags.pki || flags.dns.length > 0, words: '--dns NAME' },
    { given: flags.pki || flags.address !== undefined, words: '--address :PORT' },
    { given: flags.pki || flags.provisioner !== undefined, words: '--provisioner NAME' },
    { given: flags['password-file'] !== undefined, words: '--password-file FILE' },
  ]
  return wanted
    .filter(({ given }) => !given)
    .map(({ words }) => words)
    .join(' ')
}

interface TextQuestion {
  /** What is asked for, for those who cannot be asked. */
  readonly what: string
  readonly question: string
  readonly label: string
  readonly validate: (answer: string) => string | undefined
}

interface Asker {
  readonly io: Io
  text(question: TextQuestion): Promise<string>
  with<T>(what: string, ask: (questions: Questions) => Promise<T>): Promise<T>
}

function createAsker(io: Io, missing: string): Asker {
  const instead = (what: string) => `${what} was to be asked: use ${missing}`
  return {
    io,
    with: (what, ask) => withQuestions(io, instead(what), ask),
    text: ({ what, question, label, validate }) => {
      return withQuestions(io, instead(what), ({ askText }) => {
        reportLine(io, question)
        return askText(label, { validate })
      })
    },
  }
}

async function askDeploymentType(ask: Asker, io: Io): Promise<void> {
  const index = await ask.with('the deployment type', ({ askChoice }) =>
    askChoice('What deployment type would you like to configure?', [
      'Standalone - mayfly-ca instance you run yourself',
      'Linked - standalone, plus cloud configuration, reporting & alerting (not offered yet)',
      'Hosted - fully-managed cloud instance run for you (not offered yet)',
    ]),
  )
  if (index !== 0) throw notOfferedYet(`a ${index === 1 ? 'linked' : 'hosted'} deployment`)
  reportFact(io, 'Deployment Type', 'Standalone')
}

async function askHostNames(ask: Asker): Promise<readonly [string, ...string[]]> {
  const answer = await ask.text({
    what: "the CA's DNS name",
    question: 'What DNS names or IP addresses will clients use to reach your CA?',
    label: '(e.g. ca.example.com[,10.1.2.3,etc.])',
    validate: (text) => {
      const parsed = parseHostNames([text])
      return 'objection' in parsed ? parsed.objection : undefined
    },
  })
  const parsed = parseHostNames([answer])
  if ('objection' in parsed) throw new TypeError('an answer was accepted and is refused')
  return parsed.names
}

async function askAddress(ask: Asker): Promise<string> {
  return await ask.text({
    what: "the CA's address",
    question: 'What IP and port will your new CA bind to? (:443 will bind to 0.0.0.0:443)',
    label: '(e.g. :443 or 127.0.0.1:443)',
    validate: (text) => {
      const hint = hintAtAddress(text)
      const objection = objectToAddress(text)
      return objection === undefined || hint === undefined ? objection : `${objection}; ${hint}`
    },
  })
}

async function askNewPassword(ask: Asker, { pki }: PkiFlags): Promise<string> {
  return await ask.with("the keys' password", async (questions) => {
    reportLine(
      ask.io,
      pki
        ? 'Choose a password for your CA keys.'
        : 'Choose a password for your CA keys and first provisioner.',
    )
    return await chooseNewPassword(ask.io, questions, {
      label: "[leave empty and we'll generate one]",
      neededBy: 'mayfly-ca and --password-file need',
    })
  })
}

function notEmpty(answer: string): string | undefined {
  return answer.trim() === '' ? 'value is empty' : undefined
}
