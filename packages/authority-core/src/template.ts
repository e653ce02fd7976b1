export {
  type CertificateTemplate,
  type CertificateTemplateOptions,
  createCertificateTemplate,
  type RenderedCertificate,
  type TemplateAmbient,
} from './template/certificate-template.ts'
export { type DefaultTemplateName, defaultTemplates } from './template/default-templates.ts'
export type { DescribedRequest } from './template/described-request.ts'
export type { TemplateInput } from './template/template-data.ts'
