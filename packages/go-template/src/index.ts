export { TemplateError, type TemplateErrorCode } from './errors.ts'
