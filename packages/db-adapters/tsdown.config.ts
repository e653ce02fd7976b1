import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: ['src/index.ts', 'src/sqlite.ts', 'src/contract.ts'],
  format: 'esm',
  platform: 'node',
  dts: true,
})
