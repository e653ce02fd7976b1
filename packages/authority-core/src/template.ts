export { TemplateError } from '@mayfly/go-template'
