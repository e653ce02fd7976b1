/** step's names of the provisioner types, by the number that stands in the extension. */
export const provisionerTypeNames: ReadonlyMap<number, string> = new Map([
  [0, 'NOOP'],
  [1, 'JWK'],
  [2, 'OIDC'],
  [3, 'GCP'],
  [4, 'AWS'],
  [5, 'Azure'],
  [6, 'ACME'],
  [7, 'X5C'],
  [8, 'K8sSA'],
  [9, 'SSHPOP'],
  [10, 'SCEP'],
  [11, 'Nebula'],
])

/** Pairs keys with values; a last key without one gets `-`, as in step. */
export function pairUp(texts: readonly string[]): (readonly [key: string, value: string])[] {
  const pairs: (readonly [string, string])[] = []
  for (let index = 0; index < texts.length; index += 2) {
    pairs.push([texts[index] ?? '', texts[index + 1] ?? '-'])
  }
  return pairs
}
