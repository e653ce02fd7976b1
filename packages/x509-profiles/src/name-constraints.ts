import { type AnyGeneralName, readAnyGeneralName } from './internal/any-general-name.ts'
import { constructed, DerError, DerReader, primitive, tags } from './internal/der.ts'

/** Which names a CA's certificates may hold (RFC 5280 §4.2.1.10). */
export interface NameConstraints {
  readonly permitted: readonly AnyGeneralName[]
  readonly excluded: readonly AnyGeneralName[]
}

/**
 * Reads the value of the extension. What a subtree of its kind must look like is judged where names are
 * compared; here only the structure is.
 *
 * @throws {DerError} also when both lists are absent, one is empty, or a subtree has a minimum or maximum.
 */
export function parseNameConstraints(value: Uint8Array): NameConstraints {
  const reader = new DerReader(value)
  const sequence = reader.enter(tags.sequence)
  reader.finish()
  const permitted = readSubtrees(sequence.enterOptional(constructed(0)))
  const excluded = readSubtrees(sequence.enterOptional(constructed(1)))
  sequence.finish()
  if (permitted.length + excluded.length === 0)
    throw new DerError('name constraints without a name')
  return { permitted, excluded }
}

function readSubtrees(reader: DerReader | undefined): AnyGeneralName[] {
  if (reader === undefined) return []
  if (reader.isAtEnd) throw new DerError('a list of name constraints is empty')
  const subtrees: AnyGeneralName[] = []
  while (!reader.isAtEnd) {
    const subtree = reader.enter(tags.sequence)
    subtrees.push(readAnyGeneralName(subtree))
    if (subtree.peekTag() === primitive(0))
      throw new DerError('a name constraint writes its minimum')
    subtree.finish()
  }
  return subtrees
}
