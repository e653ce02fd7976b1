/** The version of `mayfly-ca`; the same as in package.json. */
export const version = '0.1.0'

/** When that version was made, as the second line of `mayfly-ca version` says it. */
export const releaseDate = '2026-11-23 12:00 UTC'

/** The name, version and platform as one line: `Mayfly CA/0.1.0 (linux/amd64)`. */
export function describeVersion({ platform, arch }: { platform: string; arch: string }): string {
  return `Mayfly CA/${version} (${platform}/${goNames.get(arch) ?? arch})`
}

const goNames: ReadonlyMap<string, string> = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
])
