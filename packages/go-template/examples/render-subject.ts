import { createStruct, parseTemplate, TemplateError } from '@mayfly/go-template'

// Parsed once, when the configuration is loaded: mistakes and unknown functions show here.
const template = parseTemplate(
  `{
  "subject": {"commonName": {{ toJson .Subject.CommonName }}, "organization": {{ .org | upper | toJson }}},
  "keyUsage": [{{ range $i, $u := .usages }}{{ if $i }}, {{ end }}{{ quote $u }}{{ end }}]
  {{- if ne .Token.env "prod" }}{{ fail "only prod may have one" }}{{ end }}
}`,
  { name: 'web' },
)

// Clock and chance come from the caller.
const ambient = {
  now: () => new Date('2026-01-02T03:04:05Z'),
  random: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
}

const Subject = createStruct({
  type: 'x509util.Subject',
  fields: [{ name: 'CommonName', value: 'web.internal', json: { name: 'commonName' } }],
})
const data = { Subject, org: 'Demo', usages: ['digitalSignature', 'keyAgreement'] }

console.log(template.execute({ ...data, Token: { env: 'prod' } }, ambient))

try {
  template.execute({ ...data, Token: { env: 'test' } }, ambient)
} catch (error) {
  if (error instanceof TemplateError) console.log(`${error.code}: ${error.message}`)
}
