import { defineConfig } from 'tsdown'

/** `dist` stands alone: everything is bundled but pkcs11js. */
export default defineConfig({
  entry: {
    'mayfly-ca': 'src/main.ts',
    // The database's writer is a thread, started from a file of its own.
    'sqlite-writer': '../../packages/db-adapters/src/sqlite/sqlite-writer.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node22',
  dts: false,
  deps: { alwaysBundle: [/.*/], neverBundle: ['pkcs11js'], onlyBundle: false },
})
