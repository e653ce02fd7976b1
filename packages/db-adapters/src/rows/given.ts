/** A member where there is a value, and none where the column is null. */
export function given<Name extends string, Value>(
  name: Name,
  value: Value | null,
): { readonly [Key in Name]?: Value } {
  return (value === null ? {} : { [name]: value }) as { readonly [Key in Name]?: Value }
}

/** As {@link given}, for a time. */
export function givenDate<Name extends string>(
  name: Name,
  milliseconds: number | null,
): { readonly [Key in Name]?: Date } {
  return given(name, milliseconds === null ? null : new Date(milliseconds))
}
