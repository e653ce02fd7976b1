import { parseTemplate, TemplateError } from '@mayfly/go-template'
import type { CertificateContents } from '@mayfly/x509-profiles'
import type { SubjectTemplate } from '../config/ca-configuration.ts'
import type { JsonObject } from '../config/json.ts'
import { AuthorityError } from '../errors.ts'
import { asn1Functions } from './asn1-functions.ts'
import { parseCertificateDocument, toContents } from './certificate-document.ts'
import { createTemplateData, type TemplateInput } from './template-data.ts'

/** A template of certificates, parsed once; it keeps nothing of a rendering. */
export interface CertificateTemplate {
  /**
   * Evaluates the template and reads what it has made.
   *
   * @throws {AuthorityError} `template_refused` with the template's own words when it calls `fail`; `template_failed`
   * when it cannot be evaluated or a name cannot be written; `template_result_malformed` when the result is no
   * certificate; `signature_algorithm_not_offered`.
   * @throws {ProfileError} `name_invalid`.
   */
  render(input: TemplateInput, ambient: TemplateAmbient): RenderedCertificate
}

/** The clock and the randomness, which come from outside. */
export interface TemplateAmbient {
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
}

/** What a template asks for. */
export interface RenderedCertificate {
  readonly contents: CertificateContents
  /** What a bound of the request goes before. */
  readonly notBefore: Date | undefined
  readonly notAfter: Date | undefined
}

export interface CertificateTemplateOptions {
  /** Stands in errors; `template` by default. */
  readonly name?: string
  /** Laid over the data of each rendering. */
  readonly templateData?: JsonObject
  /** Fill the attributes that a subject lacks. */
  readonly subjectDefaults?: SubjectTemplate
}

/**
 * Parses a template.
 *
 * @throws {AuthorityError} `template_invalid` when it is none, or calls a function that is not offered.
 */
export function createCertificateTemplate(
  text: string,
  { name = 'template', templateData = {}, subjectDefaults = {} }: CertificateTemplateOptions = {},
): CertificateTemplate {
  const template = translateErrors(() => parseTemplate(text, { name, functions: asn1Functions }))
  return {
    render: (input, { now, random }) => {
      const data = createTemplateData(input, templateData)
      const document = parseCertificateDocument(
        translateErrors(() => template.execute(data, { now, random, ceilings })),
      )
      const { notBefore, notAfter } = document
      const contents = toContents(document, subjectDefaults)
      return { contents, notBefore, notAfter }
    },
  }
}

/** A certificate is read in every handshake of its holder; what makes one has no use for more text. */
const ceilings = { outputOctets: 128 * 1024 }

function translateErrors<Result>(act: () => Result): Result {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    throw toAuthorityError(error)
  }
}

function toAuthorityError(cause: TemplateError): AuthorityError {
  switch (cause.code) {
    case 'template_syntax':
    case 'template_function_unknown':
      return new AuthorityError('template_invalid', cause.message, { cause })
    case 'template_fail_called':
      return new AuthorityError('template_refused', cause.message, { cause })
    case 'template_failed':
    case 'template_ceiling':
      return new AuthorityError('template_failed', cause.message, { cause })
  }
}
