import { describe, expect, test } from 'vitest'
import {
  createName,
  type Extension,
  findIssuingPaths,
  type GeneralName,
  type NameHolder,
  PathError,
  verifyCertificatePath,
  verifyNameConstraints,
} from '../src/index.ts'
import {
  constructed,
  encodeElement,
  encodeSequence,
  fromHex,
  primitive,
} from '../src/internal/der.ts'
import { extensionOids } from '../src/internal/oids.ts'
import { now } from './support/authority.ts'
import { type Entity, makeIntermediate, makeLeaf, makeRoot } from './support/path-certificates.ts'

const dns = (value: string): GeneralName => ({ type: 'dns', value })
const encodeDns = (text: string) => encodeElement(primitive(2), new Uint8Array(Buffer.from(text)))
const subtree = (name: Uint8Array) => encodeSequence(name)

function constraints(lists: {
  readonly permitted?: readonly Uint8Array[]
  readonly excluded?: readonly Uint8Array[]
}): Extension {
  const { permitted = [], excluded = [] } = lists
  const list = (tag: number, names: readonly Uint8Array[]) =>
    names.length === 0
      ? []
      : [encodeElement(constructed(tag), new Uint8Array(Buffer.concat(names.map(subtree))))]
  const value = encodeSequence(...list(0, permitted), ...list(1, excluded))
  return { oid: '2.5.29.30', critical: true, value }
}

const root = makeRoot({ extensions: [constraints({ permitted: [encodeDns('internal')] })] })
const intermediate = makeIntermediate(root, {
  extensions: [
    constraints({
      excluded: [
        encodeDns('secret.internal'),
        encodeElement(primitive(7), fromHex('0a000000ff000000')),
      ],
    }),
  ],
})

const pathsOf = (issuer: Entity, intermediates: readonly Entity[], roots: readonly Entity[]) =>
  findIssuingPaths(issuer.certificate, {
    intermediates: intermediates.map(({ certificate }) => certificate),
    roots: roots.map(({ certificate }) => certificate),
  })

const holderOf = (names: readonly GeneralName[], commonName = ''): NameHolder => ({
  subject: createName({ commonName }),
  subjectAltNames: names,
})

function refusalOf(call: () => void): PathError {
  try {
    call()
  } catch (error) {
    if (error instanceof PathError) return error
    throw error
  }
  throw new Error('the names were permitted')
}

describe('verifyNameConstraints', () => {
  const paths = pathsOf(intermediate, [intermediate], [root])

  test.each([
    { names: [dns('web.internal')] },
    { names: [dns('web.internal'), dns('INTERNAL'), { type: 'ip', value: '192.0.2.1' }] },
    { names: [], commonName: 'secret.internal' },
    { names: [dns('a.internal')], commonName: 'b.example' },
  ] satisfies { names: GeneralName[]; commonName?: string }[])(
    'permits $names, $commonName, as does who verifies the certificate',
    ({ names, commonName }: { names: GeneralName[]; commonName?: string }) => {
      verifyNameConstraints(paths, holderOf(names, commonName))
      const { certificate } = makeLeaf(intermediate, { name: commonName ?? 'leaf', names })
      verifyNameConstraints(paths, certificate)
      const [intermediates, roots] = [[intermediate.certificate], [root.certificate]]
      verifyCertificatePath(certificate, { intermediates, roots, now })
    },
  )

  test.each([
    {
      names: [dns('web.internal'), dns('web.example')],
      message:
        'name "web.example" is not permitted, only dns "internal", under the name constraints of CN=Root',
    },
    {
      names: [dns('a.secret.internal')],
      message:
        'name "a.secret.internal" is excluded by dns "secret.internal", under the name constraints of CN=Intermediate',
    },
    {
      names: [{ type: 'ip', value: '10.1.2.3' }],
      message:
        'address 10.1.2.3 is excluded by range 10.0.0.0/8, under the name constraints of CN=Intermediate',
    },
    {
      names: [dns('*.internal')],
      message:
        'name "*.internal" is excluded by dns "secret.internal", under the name constraints of CN=Intermediate',
    },
  ] satisfies { names: GeneralName[]; message: string }[])(
    'refuses: $message',
    ({ names, message }: { names: GeneralName[]; message: string }) => {
      const refusal = refusalOf(() => verifyNameConstraints(paths, holderOf(names)))
      expect(refusal.reason).toBe('name_constraints')
      expect(refusal.message).toBe(message)
      const { certificate } = makeLeaf(intermediate, { names })
      const [intermediates, roots] = [[intermediate.certificate], [root.certificate]]
      const verification = refusalOf(() =>
        verifyCertificatePath(certificate, { intermediates, roots, now }),
      )
      expect(verification.reason).toBe('name_constraints')
    },
  )

  test.each<[string, string, boolean]>([
    ['0a000000ff000000', '::ffff:10.1.2.3', false],
    ['0a000000ff000000', '::ffff:11.1.2.3', true],
    ['0a000000ff000000', '::a01:203', true],
    [`${'00'.repeat(10)}ffff0a000000${'ff'.repeat(13)}000000`, '10.1.2.3', false],
    [`${'00'.repeat(10)}ffff0a000000${'ff'.repeat(13)}000000`, '::ffff:10.1.2.3', false],
    [`${'00'.repeat(10)}ffff0a000000${'ff'.repeat(13)}000000`, '11.1.2.3', true],
    ['00'.repeat(32), '10.1.2.3', true],
    ['00'.repeat(32), '::ffff:10.1.2.3', false],
  ])('excluding %s lets %s pass, an IPv4 address in whichever form: %s', (range, value, passes) => {
    const excluded = [encodeElement(primitive(7), fromHex(range))]
    const closed = makeRoot({ extensions: [constraints({ excluded })] })
    const call = () =>
      verifyNameConstraints(pathsOf(closed, [], [closed]), holderOf([{ type: 'ip', value }]))
    if (passes) call()
    else expect(refusalOf(call).reason).toBe('name_constraints')
  })

  test('permitting addresses means those of the same form alone', () => {
    const permitted = [encodeElement(primitive(7), fromHex('0a000000ff000000'))]
    const open = makeRoot({ extensions: [constraints({ permitted })] })
    const verify = (value: string) =>
      verifyNameConstraints(pathsOf(open, [], [open]), holderOf([{ type: 'ip', value }]))
    verify('10.1.2.3')
    expect(() => verify('::ffff:10.1.2.3')).toThrow(PathError)
  })

  test('judges an extension that is chosen in place of the names', () => {
    const value = encodeSequence(encodeDns('web.example'))
    const extensions = [{ oid: extensionOids.subjectAltName, critical: false, value }]
    const holder = { ...holderOf([dns('web.internal')]), extensions }
    expect(refusalOf(() => verifyNameConstraints(paths, holder)).message).toContain('web.example')
    const broken = [{ oid: extensionOids.subjectAltName, critical: false, value: fromHex('3001') }]
    const call = () => verifyNameConstraints(paths, { ...holder, extensions: broken })
    expect(refusalOf(call).reason).toBe('name_constraints')
  })

  test('lists some of many permitted names', () => {
    const permitted = Array.from({ length: 9 }, (_, index) => encodeDns(`n${index}`))
    const many = makeRoot({ extensions: [constraints({ permitted })] })
    const refusal = refusalOf(() =>
      verifyNameConstraints(pathsOf(many, [], [many]), holderOf([dns('x')])),
    )
    expect(refusal.message).toContain('dns "n4" and 4 more,')
  })

  test('stops at more comparisons than a verifier would make', () => {
    const permitted = Array.from({ length: 500 }, (_, index) => encodeDns(`n${index}`))
    const many = makeRoot({ extensions: [constraints({ permitted })] })
    const names = Array.from({ length: 500 }, () => dns('n499'))
    const call = () => verifyNameConstraints(pathsOf(many, [], [many]), holderOf(names))
    expect(refusalOf(call).reason).toBe('budget')
  })
})

describe('findIssuingPaths', () => {
  const free = makeRoot({ name: 'Root', signer: root.signer })
  const excluded = holderOf([dns('web.example')])

  test('one way up that permits the names is enough', () => {
    const below = makeIntermediate(root)
    expect(() => verifyNameConstraints(pathsOf(below, [below], [root]), excluded)).toThrow(
      PathError,
    )
    verifyNameConstraints(pathsOf(below, [below], [root, free]), excluded)
  })

  test('a root of the same name with another key does not count', () => {
    const below = makeIntermediate(root)
    const stranger = makeRoot({ name: 'Root' })
    const paths = pathsOf(below, [below], [stranger, root])
    expect(() => verifyNameConstraints(paths, excluded)).toThrow(PathError)
  })

  test('constraints of a certificate in between count, wherever it stands in the list', () => {
    const middle = makeIntermediate(free, {
      name: 'Middle',
      extensions: [constraints({ permitted: [encodeDns('internal')] })],
    })
    const low = makeIntermediate(middle, { name: 'Low' })
    for (const list of [[low, middle], [middle, low], [middle]]) {
      const refusal = refusalOf(() => verifyNameConstraints(pathsOf(low, list, [free]), excluded))
      expect(refusal.message).toContain('CN=Middle')
    }
  })

  test('those of the issuer itself count, also where no root is found, or it is the root', () => {
    const alone = pathsOf(intermediate, [intermediate], [])
    expect(() => verifyNameConstraints(alone, holderOf([dns('secret.internal')]))).toThrow(
      PathError,
    )
    expect(() => verifyNameConstraints(pathsOf(root, [], [root]), excluded)).toThrow(PathError)
  })

  test('malformed ones are refused at once', () => {
    const oid = '2.5.29.30'
    const broken = makeRoot({ extensions: [{ oid, critical: true, value: fromHex('3000') }] })
    expect(refusalOf(() => pathsOf(broken, [], [broken])).reason).toBe('name_constraints')
  })
})
