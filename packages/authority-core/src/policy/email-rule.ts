import { canonicalHost } from './host.ts'
import { type NameKind, RuleError } from './name-kind.ts'

/** A mailbox (RFC 5321 §4.1.2): its local part without quotes and escapes, its domain in one spelling. */
interface Mailbox {
  readonly local: string
  readonly host: string
}

/** A mailbox, or every mailbox of exactly one domain. */
interface EmailRule {
  /** As written; absent for the whole domain. */
  readonly local?: string
  readonly host: string
}

/**
 * E-mail addresses. A rule in lower case allows only a local part in lower case, as in step-ca; it denies whatever the
 * case, since hardly a mail server tells one from the other.
 */
export const emailKind: NameKind<Mailbox, EmailRule> = {
  parseName: parseMailbox,
  parseRule,
  denies: (rule, { local, host }) =>
    rule.host === host && (rule.local === undefined || fold(rule.local) === fold(local)),
  allows: (rule, { local, host }) =>
    rule.host === host &&
    (rule.local === undefined || rule.local === local || rule.local.toLowerCase() === local),
}

function parseRule(text: string): EmailRule {
  const rule = text.trim()
  const quoted = JSON.stringify(text)
  if (rule === '') {
    throw new RuleError('is empty, write an address or a domain such as "example.org"')
  }
  if (rule.includes('*')) throw new RuleError(`${quoted} has a *, which e-mail rules do not know`)
  if (rule.lastIndexOf('@') > 0) {
    const mailbox = parseMailbox(rule)
    if (mailbox === undefined) throw new RuleError(`${quoted} is not an e-mail address`)
    return mailbox
  }
  const domain = rule.replace(/^@/, '')
  const host = domain.endsWith('.') ? undefined : canonicalHost(domain)
  if (host === undefined) throw new RuleError(`${quoted} is neither an e-mail address nor a domain`)
  return { host }
}

function parseMailbox(text: string): Mailbox | undefined {
  const at = text.lastIndexOf('@')
  const local = readLocalPart(text.slice(0, Math.max(at, 0)))
  const host = canonicalHost(text.slice(at + 1))
  return local === undefined || host === undefined ? undefined : { local, host }
}

/** `"a\b"@x`, `a\b@x` and `ab@x` are one mailbox. */
function readLocalPart(text: string): string | undefined {
  const isQuoted = /^".*"$/.test(text)
  const body = isQuoted ? text.slice(1, -1) : text
  if (!(isQuoted ? quotedBody : dotAtoms).test(body)) return undefined
  const local = body.replace(/\\(.)/g, '$1')
  return local === '' ? undefined : local
}

function fold(local: string): string {
  return local.normalize('NFKC').toLowerCase()
}

const quotedBody = /^([^"\\]|\\.)*$/
const dotAtoms = /^([\w!#$%&'*+\-/=?^`{|}~]|\\.)+(\.([\w!#$%&'*+\-/=?^`{|}~]|\\.)+)*$/
