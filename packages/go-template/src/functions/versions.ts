import { Refusal } from '../errors.ts'
import { define, type FunctionDefinition, type Parameter, string } from '../function.ts'
import { Integer, type Methods, Struct, type StructField, type Value } from '../values.ts'

/** Sprig's functions on semantic versions. */
export const versions: ReadonlyMap<string, FunctionDefinition> = new Map<
  string,
  FunctionDefinition
>([
  ['semver', define([string], ([text]) => new VersionStruct(parseVersion(text)))],
  [
    'semverCompare',
    define([string, string], ([constraint, text]) =>
      satisfies(parseVersion(text), parseConstraints(constraint)),
    ),
  ],
])

interface Version {
  readonly numbers: readonly [bigint, bigint, bigint]
  readonly prerelease: string
  readonly metadata: string
  readonly original: string
}

const identifiers = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*'
const versionPattern = new RegExp(
  `^v?(0|[1-9]\\d*)(?:\\.(0|[1-9]\\d*))?(?:\\.(0|[1-9]\\d*))?(?:-(${identifiers}))?(?:\\+(${identifiers}))?$`,
)

/** Parts that are missing count as 0; a leading `v` is let pass. */
function parseVersion(text: string): Version {
  const match = text.length > 256 ? null : versionPattern.exec(text)
  if (match === null) throw new Refusal('Invalid Semantic Version')
  const [, major = '0', minor = '0', patch = '0', prerelease = '', metadata = ''] = match
  for (const part of prerelease.split('.')) {
    if (/^0\d+$/.test(part)) throw new Refusal('Version segment starts with 0')
  }
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const
  if (numbers.some((number) => number >= 2n ** 64n)) {
    throw new Refusal('Error parsing version segment: value out of range')
  }
  return {
    numbers,
    prerelease,
    metadata,
    original: text,
  }
}

function textOfVersion({ numbers, prerelease, metadata }: Version): string {
  return (
    numbers.join('.') +
    (prerelease === '' ? '' : `-${prerelease}`) +
    (metadata === '' ? '' : `+${metadata}`)
  )
}

/** What `semver` gives. */
class VersionStruct extends Struct {
  readonly version: Version

  constructor(value: Version) {
    const text = textOfVersion(value)
    super('*semver.Version', new Map<string, StructField>(), {
      text,
      json: { value: text },
      methods,
    })
    this.version = value
  }
}

const version: Parameter<VersionStruct> = {
  type: '*semver.Version',
  takes: (value: Value) => value instanceof VersionStruct,
}

function compared(test: (order: number) => Value): FunctionDefinition {
  return define([version, version], ([left, right]) => test(compare(left.version, right.version)))
}

function numbered(index: 0 | 1 | 2): FunctionDefinition {
  return define([version], ([value]) => new Integer('uint64', value.version.numbers[index]))
}

function increased(
  next: (version: Version) => readonly [bigint, bigint, bigint],
): FunctionDefinition {
  return define([version], ([value]) => {
    const numbers = next(value.version)
    return new VersionStruct({ numbers, prerelease: '', metadata: '', original: numbers.join('.') })
  })
}

const methods: Methods = new Map<string, FunctionDefinition>([
  ['Major', numbered(0)],
  ['Minor', numbered(1)],
  ['Patch', numbered(2)],
  ['Prerelease', define([version], ([value]) => value.version.prerelease)],
  ['Metadata', define([version], ([value]) => value.version.metadata)],
  ['Original', define([version], ([value]) => value.version.original)],
  ['String', define([version], ([value]) => textOfVersion(value.version))],
  ['IncMajor', increased(({ numbers: [major] }) => [major + 1n, 0n, 0n])],
  ['IncMinor', increased(({ numbers: [major, minor] }) => [major, minor + 1n, 0n])],
  [
    'IncPatch',
    increased(({ numbers: [major, minor, patch], prerelease }) => [
      major,
      minor,
      prerelease === '' ? patch + 1n : patch,
    ]),
  ],
  ['Compare', compared((order) => BigInt(order))],
  ['Equal', compared((order) => order === 0)],
  ['LessThan', compared((order) => order < 0)],
  ['GreaterThan', compared((order) => order > 0)],
])

function compare(left: Version, right: Version): number {
  for (const [index, number] of left.numbers.entries()) {
    const other = right.numbers[index] ?? 0n
    if (number !== other) return number < other ? -1 : 1
  }
  return comparePrerelease(left.prerelease, right.prerelease)
}

/** SemVer 2.0.0 §11: a release is above its prereleases; numbers are below words. */
function comparePrerelease(left: string, right: string): number {
  if (left === right) return 0
  if (left === '' || right === '') return left === '' ? 1 : -1
  const [lefts, rights] = [left.split('.'), right.split('.')]
  for (let index = 0; index < Math.max(lefts.length, rights.length); index += 1) {
    const [first, second] = [lefts[index], rights[index]]
    if (first === undefined || second === undefined) return first === undefined ? -1 : 1
    if (first === second) continue
    const [isNumber, isOtherNumber] = [/^\d+$/.test(first), /^\d+$/.test(second)]
    if (isNumber && isOtherNumber) return BigInt(first) < BigInt(second) ? -1 : 1
    if (isNumber !== isOtherNumber) return isNumber ? -1 : 1
    return first < second ? -1 : 1
  }
  return 0
}

interface Constraint {
  readonly operator: string
  readonly version: Version
  /** How many of the three numbers are given; the others are free. */
  readonly given: 0 | 1 | 2 | 3
}

const number = '(?:\\d+|[xX*])'
const partial = `v?${number}(?:\\.${number})?(?:\\.${number})?(?:-${identifiers})?(?:\\+${identifiers})?`
const operator = '(?:!=|>=|=>|<=|=<|~>|=|>|<|~|\\^)'
const single = `(?:${operator}\\s*)?${partial}`
const one = new RegExp(`(${operator}?)\\s*(${partial})`, 'g')
// Blanks have one place each: with two, the ways to divide them would multiply.
const all = new RegExp(`^\\s*${single}(?:(?:\\s*,\\s*|\\s+)${single})*\\s*$`)
const range = new RegExp(`(?<![0-9A-Za-z.*+-])(${partial})\\s+-\\s+(${partial})`, 'g')

/** Alternatives between `||`, each of which asks for all that it names. */
function parseConstraints(text: string): readonly (readonly Constraint[])[] {
  if (text.length > 500) throw new Refusal('improper constraint: longer than 500 characters')
  const plain = text.replace(range, '>= $1, <= $2 ')
  return plain.split('||').map((alternative) => {
    const found = [...alternative.matchAll(one)]
    if (found.length === 0 || !all.test(alternative)) {
      throw new Refusal(`improper constraint: ${alternative}`)
    }
    return found.map(([, sign = '', wanted = '']) => parseConstraint(sign, wanted))
  })
}

function parseConstraint(sign: string, wanted: string): Constraint {
  const [core = '', ...tail] = wanted.replace(/^v/, '').split(/(?=[-+])/)
  const parts = core.split('.')
  const free = parts.findIndex((part) => /^[xX*]$/.test(part))
  const given = free === -1 ? Math.min(parts.length, 3) : free
  const numbers = [0, 1, 2].map((index) => (index < given ? (parts[index] ?? '0') : '0'))
  return {
    operator: sign,
    version: parseVersion(numbers.join('.') + tail.join('')),
    given: given === 0 ? 0 : given === 1 ? 1 : given === 2 ? 2 : 3,
  }
}

function satisfies(value: Version, alternatives: readonly (readonly Constraint[])[]): boolean {
  return alternatives.some((constraints) =>
    constraints.every((constraint) => matches(value, constraint)),
  )
}

function matches(value: Version, { operator: sign, version: wanted, given }: Constraint): boolean {
  if (sign === '!=' && given === 3) return compare(value, wanted) !== 0
  // A prerelease is only for those who ask for one.
  if (value.prerelease !== '' && wanted.prerelease === '') return false
  const order = compare(value, wanted)
  const sameAs = (count: number) =>
    value.numbers.slice(0, count).every((part, index) => part === wanted.numbers[index])
  switch (sign) {
    case '':
    case '=':
      return given === 3 ? order === 0 : order >= 0 && (given === 0 || sameAs(given))
    case '!=':
      return given === 0 ? order !== 0 : !sameAs(given)
    case '>':
      return given === 3 ? order > 0 : given > 0 && order > 0 && !sameAs(given)
    case '<':
      return order < 0
    case '>=':
    case '=>':
      return order >= 0
    case '<=':
    case '=<':
      return order <= 0 || (given < 3 && sameAs(given === 0 ? 2 : given))
    case '^':
      return order >= 0 && (given === 0 || sameAs(caretParts(wanted, given)))
    default:
      return order >= 0 && (given === 0 || isZero(wanted, given) || sameAs(Math.min(given, 2)))
  }
}

/** How many numbers `^` fixes: up to the first that is not 0. */
function caretParts({ numbers: [major, minor] }: Version, given: number): number {
  if (major > 0n || given === 1) return 1
  return minor > 0n || given === 2 ? 2 : 3
}

/** `~0.0.0` lets everything pass. */
function isZero({ numbers }: Version, given: number): boolean {
  return given === 3 && numbers.every((part) => part === 0n)
}
