import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    sqlite: 'src/sqlite.ts',
    // A file of its own, since a thread is started from it.
    'sqlite-writer': 'src/sqlite/sqlite-writer.ts',
    mysql: 'src/mysql.ts',
    postgres: 'src/postgres.ts',
    'step-ca': 'src/step-ca.ts',
    contract: 'src/contract.ts',
  },
  format: 'esm',
  platform: 'node',
  fixedExtension: false,
  dts: true,
  deps: { neverBundle: ['mysql2', 'pg', 'vitest'] },
})
