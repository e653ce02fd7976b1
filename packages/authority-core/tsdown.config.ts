import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: ['src/index.ts', 'src/config.ts', 'src/template.ts'],
  format: 'esm',
  platform: 'node',
  fixedExtension: false,
  dts: true,
})
