import { defineConfig } from 'tsdown'

/** `dist` stands alone: everything is bundled but pkcs11js, and a command's code is a chunk of its own. */
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
})
