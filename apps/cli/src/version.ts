/** The version of the `mayfly` command; the same as in package.json. */
export const version = '0.1.0'

/** When that version was made, as the second line of `mayfly version` says it. */
export const releaseDate = '2026-11-23 12:00 UTC'
