import { AsnProp, AsnType, AsnTypeTypes } from '@peculiar/asn1-schema'

/** Does what asn1-schema's decorators do, which Node's type stripping cannot run. */
export function describeSequence<T extends object>(
  structure: new () => T,
  fields: { readonly [name in keyof T & string]: Parameters<typeof AsnProp>[0] },
): void {
  AsnType({ type: AsnTypeTypes.Sequence })(structure)
  for (const [name, options] of Object.entries<Parameters<typeof AsnProp>[0]>(fields)) {
    AsnProp(options)(structure.prototype, name)
  }
}
