import type { TemplatedProfile } from '@mayfly/x509-profiles'
import type { SubjectTemplate } from './config/ca-configuration.ts'
import { isJsonObject, type JsonObject } from './config/json.ts'
import { AuthorityError } from './errors.ts'
import {
  type CertificateTemplate,
  createCertificateTemplate,
} from './template/certificate-template.ts'
import { decodeBase64 } from './template/document-members.ts'

/** The template of a provisioner, parsed, and how far it may go. */
export interface ProvisionerTemplate {
  readonly template: CertificateTemplate
  readonly profile: TemplatedProfile
}

/** What a file named by `templateFile` holds, or why it cannot be read. */
export type TemplateFile = { readonly text: string } | { readonly reason: string }

/** What a provisioner says of templates. */
export interface TemplateConfiguration {
  readonly options: JsonObject | undefined
  readonly allowsAuthority: boolean
}

/** What all templates of an authority share. */
export interface TemplateContext {
  readonly subjectDefaults: SubjectTemplate
  /** By the name that `templateFile` gives. */
  readonly templateFiles: ReadonlyMap<string, TemplateFile>
}

/**
 * Parses the template that a provisioner's options hold or name; `undefined` when there is none. `template` goes before
 * `templateFile`; one that does not begin with a brace is base64.
 *
 * @throws {AuthorityError} `template_invalid`.
 */
export function createProvisionerTemplate(
  { options, allowsAuthority }: TemplateConfiguration,
  { subjectDefaults, templateFiles }: TemplateContext,
): ProvisionerTemplate | undefined {
  const x509 = options?.x509
  if (!isJsonObject(x509)) return undefined
  const templateData = readTemplateData(x509.templateData)
  const text = readText(x509, templateFiles)
  if (text === undefined) return undefined
  const template = createCertificateTemplate(text, { templateData, subjectDefaults })
  return { template, profile: { type: 'templated', allowsAuthority } }
}

/** The file that a provisioner's options name for its template, if they do. */
export function findTemplateFile(options: JsonObject | undefined): string | undefined {
  const x509 = options?.x509
  if (!isJsonObject(x509) || x509.template) return undefined
  const { templateFile } = x509
  return typeof templateFile === 'string' && templateFile !== '' ? templateFile : undefined
}

function readText(
  x509: JsonObject,
  templateFiles: ReadonlyMap<string, TemplateFile>,
): string | undefined {
  const template = readOptionalText(x509.template, 'template')
  if (template !== '') return decodeTemplate(template)
  const name = readOptionalText(x509.templateFile, 'templateFile')
  if (name === '') return undefined
  const file = templateFiles.get(name) ?? { reason: 'it was not read' }
  if ('text' in file) return file.text
  throw invalid(`templateFile: ${name} cannot be read: ${file.reason}`)
}

function decodeTemplate(template: string): string {
  const trimmed = template.trim()
  if (trimmed.startsWith('{')) return trimmed
  const octets = decodeBase64(trimmed)
  if (octets === undefined) {
    throw invalid('template: neither begins with a brace nor is base64')
  }
  return new TextDecoder().decode(octets)
}

function readTemplateData(value: unknown): JsonObject {
  if (value === undefined || value === null) return {}
  if (isJsonObject(value)) return value
  throw invalid('templateData: has to be an object')
}

function readOptionalText(value: unknown, member: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  throw invalid(`${member}: has to be a text`)
}

function invalid(message: string): AuthorityError {
  return new AuthorityError('template_invalid', message)
}
