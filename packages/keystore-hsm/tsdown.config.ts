import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: ['src/index.ts', 'src/pkcs12.ts'],
  format: 'esm',
  platform: 'node',
  fixedExtension: false,
  dts: true,
})
