export { defaultCeilings, type TemplateCeilings } from './ceilings.ts'
export { TemplateError, type TemplateErrorCode } from './errors.ts'
export {
  type ExecuteOptions,
  listFunctions,
  parseTemplate,
  type Template,
  type TemplateFunction,
  type TemplateFunctionContext,
} from './template.ts'
export {
  createList,
  createStruct,
  type TemplateField,
  type TemplateList,
  type TemplateStruct,
  type TemplateValue,
} from './template-value.ts'
