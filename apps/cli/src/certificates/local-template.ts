import type { RenderedCertificate, TemplateInput } from '@mayfly/authority-core/template'
import { loadTemplateData } from '../ca/template-data.ts'
import { readInput } from '../files/input-file.ts'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'

/** The flags by which a template says what a certificate or CSR made here holds. */
export const localTemplateFlags = {
  template: {
    type: 'text',
    value: 'file',
    help: 'A file with a template that says what is made, in place of --profile.',
  },
  set: {
    type: 'text',
    value: 'key=value',
    repeatable: true,
    help: 'A key and a value for the template, as .Insecure.User.KEY; the value is read as JSON if it is JSON.',
  },
  'set-file': {
    type: 'text',
    value: 'file',
    help: 'A JSON file with data for the template; --set overrides it.',
  },
} as const

/** A template of the user's, with the data that came with it. */
export interface LocalTemplate {
  /** @throws {CommandError} `template_unfit` */
  render(input: Omit<TemplateInput, 'userData'>): RenderedCertificate
}

/**
 * Loads `--template` with `--set` and `--set-file`; `undefined` when there is no template. `templateData` are what stands
 * beside `.Subject`.
 *
 * @throws {CommandError} `file_unreadable`, `flag_invalid`, `template_unfit`
 */
export async function loadLocalTemplate(
  io: Io,
  flags: {
    readonly template: string | undefined
    readonly set: readonly string[]
    readonly 'set-file': string | undefined
  },
  templateData: Readonly<Record<string, unknown>> = {},
): Promise<LocalTemplate | undefined> {
  const path = flags.template
  const userData = (await loadTemplateData(io, flags)) ?? {}
  if (path === undefined) return undefined
  const text = (await readInput(io, path)).toString()
  const { createCertificateTemplate } = await import('@mayfly/authority-core/template')
  const template = worded(() => createCertificateTemplate(text, { templateData }))
  return { render: (input) => worded(() => template.render({ ...input, userData }, io)) }
}

function worded<Result>(act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    const word = error instanceof Error && 'code' in error ? words.get(error.code) : undefined
    if (word === undefined || !(error instanceof Error)) throw error
    const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : undefined
    throw new CommandError('template_unfit', word(error.message, detail), { cause: error })
  }
}

/** By the codes of an AuthorityError. */
const words: ReadonlyMap<unknown, (message: string, detail: string | undefined) => string> =
  new Map([
    ['template_invalid', (message) => `error parsing template: ${message}`],
    [
      'template_failed',
      (message, detail) =>
        `error executing template: ${detail === undefined ? message : `${message}: ${detail}`}`,
    ],
    [
      'template_result_malformed',
      (message, detail) => `error unmarshaling certificate: ${detail ?? message}`,
    ],
    ['template_refused', (message) => message],
    ['signature_algorithm_not_offered', (message) => message],
  ])
