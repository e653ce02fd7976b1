import { X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from '../support/authority-folder.ts'
import { createCsr, issuedSchema } from '../support/certificates.ts'
import { type Answer, call } from '../support/http-client.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const internal =
  'The certificate authority encountered an Internal Server Error. ' +
  'Please see the certificate authority logs for more info.'

/** Does as the client’s data say, so that one server shows every answer. */
const template = `{
{{ with .Insecure.User.fail }}{{ fail . }}{{ end }}
{{ if eq (toString .Insecure.User.case) "broken" }}{{ index .SANs 9 }}{{ end }}
{{ if eq (toString .Insecure.User.case) "authority" }}"basicConstraints": {"isCA": true},{{ end }}
{{ if eq (toString .Insecure.User.case) "malformed" }}"keyUsage": "everything",{{ end }}
{{ if eq (toString .Insecure.User.case) "duplicate" }}
  "extensions": [{"id": "1.2.3", "value": "BQA="}, {"id": "1.2.3", "value": "BQA="}],
{{ end }}
"subject": {"commonName": {{ toJson .Subject.CommonName }}, "organizationalUnit": {{ toJson .Insecure.User.unit }}},
"sans": {{ toJson .SANs }}
}`

let folder: AuthorityFolder
let running: RunningServer

beforeAll(async () => {
  folder = await createAuthorityFolder()
  await writeFile(join(folder.directory, 'templates', 'leaf.tpl'), template)
  await folder.rewrite(useTemplate({ templateFile: 'templates/leaf.tpl' }))
  running = await startServer(folder)
})

afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await folder.dispose()
})

function useTemplate(x509: object): (document: Record<string, unknown>) => void {
  return ({ authority }) => {
    const [provisioner] = Object(authority).provisioners
    Object.assign(Object(provisioner), { options: { x509 } })
  }
}

async function sign(templateData?: unknown): Promise<Answer> {
  const ott = await running.createToken({ subject: 'web.internal' })
  const { csr } = await createCsr('', [])
  const body = { csr, ott, ...(templateData === undefined ? {} : { templateData }) }
  return call('/sign', { port: running.port, rootPem: folder.rootPem, body })
}

describe('POST /sign with a provisioner whose template stands in a file', () => {
  test.each([
    ['an object', { unit: ['b', 'a'] }, 'OU=a + OU=b\nCN=web.internal'],
    ['nothing', undefined, 'CN=web.internal'],
    ['null', null, 'CN=web.internal'],
    ['an array', ['unit'], 'CN=web.internal'],
  ])('gives the template what came with the request: %s', async (_, data, subject) => {
    const answer = await sign(data)
    expect(answer.status).toBe(201)
    const { crt } = issuedSchema.parse(answer.json)
    expect(new X509Certificate(crt).subject).toBe(subject)
  })

  test.each([
    [
      'fails in its words',
      { fail: 'not today' },
      400,
      'The request could not be completed: not today.',
    ],
    ['cannot be evaluated', { case: 'broken' }, 500, internal],
    [
      'makes what is no certificate',
      { case: 'malformed' },
      500,
      'error applying certificate template',
    ],
    ['makes what nobody may sign', { case: 'duplicate' }, 500, internal],
    [
      'makes an authority',
      { case: 'authority' },
      403,
      'The request was forbidden by the certificate authority: ' +
        'a certificate of a certificate authority is not allowed here.',
    ],
  ])('answers as step-ca when it %s', async (_, data, status, message) => {
    expect(await sign(data)).toMatchObject({ status, json: { status, message } })
  })
})

test('a template that does not parse answers as step-ca, and the health check stays', async () => {
  const copy = await folder.copy()
  await copy.rewrite(useTemplate({ template: '{{ if }}' }))
  await using other = await startServer(copy)
  const ott = await other.createToken({ subject: 'web.internal' })
  const { csr } = await createCsr('', [])
  const options = { port: other.port, rootPem: copy.rootPem }
  const refused = await call('/sign', { ...options, body: { csr, ott } })
  expect(refused).toMatchObject({ status: 500, json: { message: internal } })
  expect(await call('/health', options)).toMatchObject({ status: 200 })
  await copy.dispose()
})
