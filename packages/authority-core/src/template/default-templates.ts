/**
 * What a certificate holds without a template of a provisioner's own, written as templates. The authority itself makes
 * such leaves without evaluating one; these are for who starts a template of theirs from what is usual.
 */
export const defaultTemplates: Readonly<Record<DefaultTemplateName, string>> = {
  leaf: compose('"subject": {{ toJson .Subject }}, "sans": {{ toJson .SANs }}', serverAndClient()),
  adminLeaf: compose(
    `"subject": {{ toJson .Insecure.CR.Subject }}, ${requestedNames()}`,
    serverAndClient(),
  ),
  instanceLeaf: compose(
    `"subject": {"commonName": {{ toJson .Insecure.CR.Subject.CommonName }}},
  {{ if .SANs }}"sans": {{ toJson .SANs }}{{ else }}${requestedNames()}{{ end }}`,
    serverAndClient(),
  ),
  attestedLeaf: compose(
    '"subject": {{ toJson .Subject }}, "sans": {{ toJson .SANs }}',
    '"extKeyUsage": "clientAuth"',
  ),
}

/**
 * `leaf`: JWK, X5C, Nebula, OIDC and ACME; `adminLeaf`: administrators of OIDC, and K8sSA; `instanceLeaf`: AWS, GCP and
 * Azure; `attestedLeaf`: ACME with device attestation.
 */
export type DefaultTemplateName = 'leaf' | 'adminLeaf' | 'instanceLeaf' | 'attestedLeaf'

function compose(names: string, purposes: string): string {
  return `{
  ${names},
  "keyUsage": ["digitalSignature"{{ if typeIs "*rsa.PublicKey" .Insecure.CR.PublicKey }}, "keyEncipherment"{{ end }}],
  ${purposes}
}
`
}

function serverAndClient(): string {
  return '"extKeyUsage": ["serverAuth", "clientAuth"]'
}

function requestedNames(): string {
  return [
    'dnsNames:DNSNames',
    'emailAddresses:EmailAddresses',
    'ipAddresses:IPAddresses',
    'uris:URIs',
  ]
    .map((pair) => pair.split(':'))
    .map(([member, field]) => `"${member}": {{ toJson .Insecure.CR.${field} }}`)
    .join(', ')
}
