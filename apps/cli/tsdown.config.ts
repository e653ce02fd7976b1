import { defineConfig } from 'tsdown'

/**
 * `dist` stands alone: everything is bundled but pkcs11js. Each command is a chunk of its own, loaded when it is called;
 * what commands share is gathered in few files, since at the start of a command each file costs as much as its contents.
 */
export default defineConfig({
  entry: {
    mayfly: 'src/main.ts',
    // The database's writer is a thread, started from a file of its own.
    'sqlite-writer': '../../packages/db-adapters/src/sqlite/sqlite-writer.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node22',
  dts: false,
  minify: 'dce-only',
  plugins: [builtinsWithoutFacade()],
  // Nobody imports the entries.
  inputOptions: { preserveEntrySignatures: false },
  deps: { alwaysBundle: [/.*/], neverBundle: ['pkcs11js'], onlyBundle: false },
  outputOptions: {
    // Of comments licences alone are kept: what is in a file is read at each start.
    comments: { annotation: false, jsdoc: false, legal: true },
    codeSplitting: {
      groups: [
        {
          name: 'framework',
          test: /apps\/cli\/src\/(framework\/|version|run|standard-streams|files\/system|commands\/(index|help|path|version))/,
          priority: 3,
        },
        {
          // With all that these need, and nothing else: commands that only read certificates load no more.
          name: 'certificates',
          test: /packages\/x509-profiles\/src\/(inspect\/|(certificate|certification-request|pem)\.ts)/,
          priority: 2,
        },
        {
          name: 'issuing',
          test: /packages\/x509-profiles\//,
          priority: 1,
          includeDependenciesRecursively: false,
        },
        {
          name: 'files',
          test: /apps\/cli\/src\/(files\/input|certificates\/(certificate-|named-|remote-address))/,
          priority: 1,
          includeDependenciesRecursively: false,
        },
      ],
    },
  },
})

/**
 * Takes Node's own modules by `process.getBuiltinModule`: an `import` of one evaluates its every member at the start of
 * each command, such as the streams and promises of `node:fs` and all of Web Crypto, which costs some milliseconds.
 */
function builtinsWithoutFacade(): { name: string; renderChunk(code: string): string } {
  return {
    name: 'builtins-without-facade',
    renderChunk: (code) =>
      code
        .replace(
          /^import \{([^}]*)\} from "(node:[^"]+)";$/gm,
          (_, names: string, module: string) => {
            const members = names.replaceAll(/\b([\w$]+) as ([\w$]+)/g, '$1: $2')
            return `const {${members}} = process.getBuiltinModule("${module}");`
          },
        )
        .replace(
          /^import (?:\* as )?([\w$]+) from "(node:[^"]+)";$/gm,
          'const $1 = process.getBuiltinModule("$2");',
        ),
  }
}
