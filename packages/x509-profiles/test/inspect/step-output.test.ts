import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  certificateToJson,
  certificationRequestToJson,
  encodeCertificatePem,
  encodeCertificationRequestPem,
  encodeJson,
  formatCertificateShort,
  formatCertificateText,
  formatCertificationRequestShort,
  formatCertificationRequestText,
  parseCertificatePem,
  parseCertificationRequestPem,
} from '../../src/index.ts'

// Each folder holds a certificate or a request made for these tests, and what step 0.30.6 printed of it.
const folder = new URL('../vectors/inspect/', import.meta.url)
const cases = readdirSync(folder)

describe.each(cases.filter((name) => !name.startsWith('csr-')))('certificate %s', (name) => {
  const [certificate] = parseCertificatePem(read(name, 'input.pem'))
  if (certificate === undefined) throw new Error(name)

  test('short form is as step prints it', () => {
    expect(formatCertificateShort(certificate)).toBe(read(name, 'short.txt'))
  })

  test('text form is as step prints it', () => {
    expect(formatCertificateText(certificate)).toBe(correct(name, 'text.txt'))
  })

  test('JSON form is as step prints it', () => {
    const json = sortNames(`${encodeJson(certificateToJson(certificate))}\n`)
    expect(json).toBe(sortNames(correct(name, 'inspect.json')))
  })

  test('PEM form is as step prints it', () => {
    expect(encodeCertificatePem(certificate)).toBe(read(name, 'input.pem'))
  })
})

describe.each(cases.filter((name) => name.startsWith('csr-')))('request %s', (name) => {
  const request = parseCertificationRequestPem(read(name, 'input.pem'))

  test('short form is as step prints it', () => {
    expect(formatCertificationRequestShort(request)).toBe(read(name, 'short.txt'))
  })

  test('text form is as step prints it', () => {
    expect(formatCertificationRequestText(request)).toBe(correct(name, 'text.txt'))
  })

  test('JSON form is as step prints it', () => {
    const json = `${encodeJson(certificationRequestToJson(request))}\n`
    expect(json).toBe(correct(name, 'inspect.json'))
  })

  test('PEM form is as step prints it', () => {
    expect(encodeCertificationRequestPem(request)).toBe(read(name, 'input.pem'))
  })
})

function read(name: string, file: string): string {
  return readFileSync(new URL(`${name}/${file}`, folder), 'utf8')
}

/** step's output with its slips put right. */
function correct(name: string, file: 'text.txt' | 'inspect.json'): string {
  let text = read(name, file).replace(
    /"valid": false,\n( +)"self_signed": true/,
    '"valid": true,\n$1"self_signed": true',
  )
  for (const { from, to } of slips[`${name}/${file}`] ?? []) {
    if (!text.includes(from)) throw new Error(`${name}/${file} does not hold ${from}`)
    text = text.replace(from, to)
  }
  return text
}

/** step lists the names in another order at each run. */
function sortNames(json: string): string {
  return json.replace(/("names": \[\n)([^\]]*)(\n {2}\])/, (_, head, names: string, tail) => {
    const sorted = names
      .split('\n')
      .map((line) => line.replace(/,$/, ''))
      .sort()
    return `${head}${sorted.join(',\n')}${tail}`
  })
}

interface Slip {
  readonly from: string
  readonly to: string
  readonly why: string
}

const slips: Readonly<Record<string, readonly Slip[]>> = {
  'distinguished-name/text.txt': [
    {
      from: 'UnknownOID=2.5.4.42,UnknownOID=2.5.4.4,',
      to: '2.5.4.42=Gi,2.5.4.4=Sur,',
      why: 'value lost',
    },
    { from: 'UnknownOID=2.5.4.12', to: '2.5.4.12=Dr', why: 'value lost' },
  ],
  'extended-key-usages/text.txt': [
    { from: 'Any Usage, UNKNOWN, UNKNOWN, UNKNOWN, ', to: 'Any Usage, ', why: 'usage lost' },
    {
      from: '1.2.3.4.5, ',
      to: '1.2.3.4.5, 1.3.6.1.4.1.311.10.3.3, 2.16.840.1.113730.4.1, 1.3.6.1.4.1.311.2.1.22, ',
      why: 'usage lost',
    },
  ],
  'name-constraints-critical/text.txt': [
    {
      from: '                  URI: .x.org\n',
      to: '                  URI: .x.org\n                  DirName: C=US,O=Acme & Co\n',
      why: 'constraint lost',
    },
  ],
  'name-constraints-critical/inspect.json': [
    { from: '"critical": false,', to: '"critical": true,', why: 'it is critical' },
    {
      from: '      "permitted_directory_names"',
      to: '      "permitted_uris": [\n        ".x.org"\n      ],\n      "permitted_directory_names"',
      why: 'constraint lost',
    },
    {
      from: '      ]\n    },\n    "subject_key_id"',
      to: '      ],\n      "excluded_uris": [\n        "y.org"\n      ]\n    },\n    "subject_key_id"',
      why: 'constraint lost',
    },
  ],
  'other-names/text.txt': [
    {
      from: 'Value: 0x0c03666f6f\n',
      to: `Value: 0x0c03666f6f
                DirName:C=US,CN=dirname
                Registered ID:1.2.3.4
`,
      why: 'names lost',
    },
  ],
  'policies/text.txt': [
    {
      from: 'Unknown extension 2.5.29.36\nUnknown extension 2.5.29.54\n',
      to: `            2.5.29.36: critical
                0.......
            2.5.29.54: critical
                ...
`,
      why: 'value lost',
    },
  ],
  'unknown-extensions/text.txt': [
    {
      from: 'Unknown extension 2.5.29.18\n',
      to: `            2.5.29.18:
                0#..issuer.example.com..i@example.com
`,
      why: 'value lost',
    },
  ],
  'version-1/inspect.json': [
    {
      from: '"tbs_noct_fingerprint": "0a09d02bb08902e26e0277cc5d7362ab7670c416de4ac4b7bccc37de8695f007"',
      to: '"tbs_noct_fingerprint": "751e88db668efb6c2f219170397f490ee1963d7869ceb0db7d06b2eb3e3fd0a2"',
      why: 'nothing of Certificate Transparency is in it: both fingerprints are the same',
    },
  ],
  'csr-more-extensions/text.txt': [
    {
      from: '                  example.com\n',
      to: '                  DNS: example.com\n',
      why: 'the kind is told, as for certificates',
    },
  ],
}
