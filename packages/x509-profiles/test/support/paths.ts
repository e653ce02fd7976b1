import { expect } from 'vitest'
import {
  type Certificate,
  type Extension,
  PathError,
  type PathFailure,
  type PathOptions,
  verifyCertificatePath,
} from '../../src/index.ts'
import { constructed, encodeElement, encodeSequence, primitive } from '../../src/internal/der.ts'
import { now } from './authority.ts'
import { type Entity, makeIntermediate, makeLeaf, makeRoot } from './path-certificates.ts'

export const root: Entity = makeRoot()
export const intermediate: Entity = makeIntermediate(root)
export const leaf: Entity = makeLeaf(intermediate)

/** As {@link PathOptions}, of entities. */
export interface TestOptions extends Partial<Omit<PathOptions, 'roots' | 'intermediates'>> {
  readonly roots?: readonly Entity[]
  readonly intermediates?: readonly Entity[]
}

/** Verifies the path of an entity, by default to {@link root}. */
export function verify(
  { certificate }: Entity,
  { roots = [root], intermediates = [], ...options }: TestOptions = {},
): readonly Certificate[] {
  return verifyCertificatePath(certificate, {
    roots: certificatesOf(...roots),
    intermediates: certificatesOf(...intermediates),
    now,
    ...options,
  })
}

export function certificatesOf(...entities: readonly Entity[]): Certificate[] {
  return entities.map(({ certificate }) => certificate)
}

/** The reason of the PathError that `act` throws, `undefined` when it throws none. */
export function reasonOf(act: () => unknown): PathFailure | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (!(error instanceof PathError)) throw error
    expect(error.code).toBe('path_invalid')
    return error.reason
  }
}

/** A critical nameConstraints extension of encoded general names. */
export function constraints(lists: {
  readonly permitted?: readonly Uint8Array[]
  readonly excluded?: readonly Uint8Array[]
}): Extension {
  const encode = (tag: number, names: readonly Uint8Array[] = []): Uint8Array[] => {
    return names.length === 0
      ? []
      : [encodeElement(tag, ...names.map((name) => encodeSequence(name)))]
  }
  const value = encodeSequence(
    ...encode(constructed(0), lists.permitted),
    ...encode(constructed(1), lists.excluded),
  )
  return { oid: '2.5.29.30', critical: true, value }
}

export function dns(name: string): Uint8Array {
  return encodeElement(primitive(2), new TextEncoder().encode(name))
}

export function ip(octets: readonly number[]): Uint8Array {
  return encodeElement(primitive(7), Uint8Array.from(octets))
}
