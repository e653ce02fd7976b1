import type {
  ExplainedCheck,
  ExplainedRefusal,
  Explanation,
  PlannedCertificate,
  PlannedExtension,
} from '@mayfly/authority-core'
import { formatDuration } from '@mayfly/x509-profiles'
import { printable } from '../framework/printable.ts'

/** Writes an explanation for people, the outcome first, in lines of 80 columns. */
export function formatExplanation(explanation: Explanation): string {
  const { checks } = explanation
  const lines =
    explanation.outcome === 'issued'
      ? [...certificateLines(explanation.certificate), '', 'Every check passed:']
      : [...refusalLines(explanation.refusal), '', heading(checks)]
  return [...lines, ...checks.flatMap(checkLines)].map((line) => `${line}\n`).join('')
}

function heading(checks: readonly ExplainedCheck[]): string {
  return checks.length === 0 ? 'No check passed before.' : 'What passed before:'
}

function certificateLines(certificate: PlannedCertificate): readonly string[] {
  const { subject, subjectAltNames, notBefore, notAfter, provisioner } = certificate
  const length = formatDuration(notAfter.getTime() - notBefore.getTime())
  return [
    'WOULD BE ISSUED',
    ...field('Subject', subject),
    ...field('Names', subjectAltNames.join(', ') || 'none'),
    ...field('From', seconds(notBefore)),
    ...field('To', `${seconds(notAfter)} (${length})`),
    ...field('Key', certificate.key),
    ...field('Issuer', certificate.issuer),
    ...field('Provisioner', `${provisioner.name} (${provisioner.type}), ${provisioner.path}`),
    ...field('Contents', contentsWords[certificate.contents]),
    ...certificate.extensions.flatMap((extension, index) =>
      field(index === 0 ? 'Extensions' : '', formatExtension(extension)),
    ),
  ]
}

const contentsWords: Readonly<Record<PlannedCertificate['contents'], string>> = {
  leaf: 'those of any leaf',
  template: "by the provisioner's template",
}

function refusalLines({ code, message, detail, hint, rule }: ExplainedRefusal): readonly string[] {
  return [
    'WOULD BE REFUSED',
    ...field('Reason', message),
    ...(detail === undefined ? [] : field('Detail', detail)),
    ...field('Code', code),
    ...field('Rule', rule),
    ...(hint === undefined ? [] : field('Hint', hint)),
  ]
}

function checkLines({ check, found }: ExplainedCheck): readonly string[] {
  return indent(`  ✔ ${check}`, found)
}

function formatExtension({ name, critical, value }: PlannedExtension): string {
  const label = critical ? `${name} (critical)` : name
  return value === undefined ? label : `${label}: ${value}`
}

function field(name: string, value: string): readonly string[] {
  return indent(name === '' ? '' : `  ${name}:`, value)
}

/** Puts a text beside a label, its further lines below it. A word that is too long for a line has one of its own. */
function indent(label: string, text: string): readonly string[] {
  const lines: string[] = []
  for (const word of printable(text).split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns - column) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines.map((line, index) => `${(index === 0 ? label : '').padEnd(column)}${line}`)
}

const columns = 80

/** Where texts begin. */
const column = 18

function seconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}
