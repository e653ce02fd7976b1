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
  deps: { alwaysBundle: [/.*/], neverBundle: ['pkcs11js'], onlyBundle: false },
  outputOptions: {
    codeSplitting: {
      groups: [
        {
          name: 'framework',
          test: /apps\/cli\/src\/(framework\/|version|run|standard-streams|files\/system|commands\/(index|help|path|version))/,
          priority: 3,
        },
        {
          name: 'files',
          test: /apps\/cli\/src\/(files\/input|certificates\/(certificate|named)-file)/,
          priority: 2,
        },
        { name: 'x509-profiles', test: /packages\/x509-profiles\//, priority: 1 },
      ],
    },
  },
})
