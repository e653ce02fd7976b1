/** What programs under test get of our own environment: where programs are, and where Node keeps what it has compiled. */
export const inheritedEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '',
  ...(process.env.NODE_COMPILE_CACHE === undefined
    ? {}
    : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
}
