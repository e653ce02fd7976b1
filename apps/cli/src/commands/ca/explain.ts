import { openExplainer } from '@mayfly/authority-host'
import { certificateValidityFlags, requestedValidity } from '../../ca/certificate-validity-flags.ts'
import { configurationPathOf } from '../../ca/configuration-path.ts'
import { formatExplanation } from '../../ca/explanation-text.ts'
import { givenTokenFlags, loadGivenToken } from '../../ca/given-token.ts'
import { loadTemplateData, templateDataFlags } from '../../ca/template-data.ts'
import { errorReading, readInput } from '../../files/input-file.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { flagRequiredByCommand } from '../../framework/errors.ts'
import { printableJson } from '../../framework/printable.ts'
import { writeResult } from '../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'tell what would be issued for a token and a CSR, or which rule refuses',
  description:
    'mayfly ca explain judges a one-time token and a certificate signing request as the CA would, by the files and the database of the CA on this machine, and tells what would be issued, or which rule refuses and where in ca.json it stands. Nothing is signed or stored, the token stays as it is, and no password is needed. The exit status is 0 when a certificate would be issued and 1 when not.',
  example: '$ mayfly ca explain --token $TOKEN --csr foo.csr',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    ...givenTokenFlags,
    csr: { type: 'text', value: 'file', help: 'The certificate signing request, PEM.' },
    ...certificateValidityFlags,
    ...templateDataFlags,
    'ca-config': {
      type: 'text',
      value: 'file',
      help: "The CA's configuration. Defaults to config/ca.json in the mayfly folder.",
    },
    json: {
      type: 'boolean',
      help: 'Print JSON: outcome (issued or refused), certificate or refusal (code, message, rule), and checks.',
    },
  },
  async run({ command: name, flags, home, io }) {
    const token = await loadGivenToken(io, flags)
    if (token === undefined) throw flagRequiredByCommand(name, 'token-file')
    if (flags.csr === undefined) throw flagRequiredByCommand(name, 'csr')
    const certificationRequest = (await readInput(io, flags.csr, errorReading)).toString()
    const templateData = await loadTemplateData(io, flags)
    await using explainer = await openExplainer({
      configurationPath: configurationPathOf(home, flags),
      now: io.now,
      random: io.random,
    })
    const explanation = await explainer.explain({
      certificationRequest,
      oneTimeToken: token.text,
      ...requestedValidity(flags, io.now()),
      ...(templateData === undefined ? {} : { templateData }),
    })
    writeResult(
      io,
      flags.json
        ? `${printableJson(JSON.stringify(explanation, undefined, 2))}\n`
        : formatExplanation(explanation),
    )
    return explanation.outcome === 'issued' ? 0 : 1
  },
})
