/** What is left of `Value` when its undefined members are not there at all. */
type DefinedMembers<Value> = { [Name in keyof Value]: Exclude<Value[Name], undefined> }

/** Copies an object without its undefined members, which JSON and WebCrypto treat as errors. */
export function definedMembers<Value extends object>(value: Value): DefinedMembers<Value> {
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members) as DefinedMembers<Value>
}
