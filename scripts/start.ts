/**
 * `pnpm start`: a development CA in a folder that git ignores, served until Ctrl-C.
 *
 * `--folder` and `--address` put it elsewhere.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runMayfly, startMayflyCa, stopMayflyCa } from './development-ca.ts'

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: resolve(import.meta.dirname, '../.mayfly-dev') },
    address: { type: 'string', default: '127.0.0.1:9443' },
  },
})
const folder = resolve(values.folder)
const passwordFile = join(folder, 'password.txt')

if (!existsSync(join(folder, 'config/ca.json'))) createPki()
const server = await startMayflyCa({
  home: folder,
  passwordFile,
  onLine: (line) => process.stderr.write(`${line}\n`),
})
process.stdout.write(nextLines())
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopMayflyCa(server))
}
server.once('exit', (code) => {
  process.exitCode = code ?? 0
})

function createPki(): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
  const names = ['--name', 'Development CA', '--provisioner', 'admin', '--dns', 'localhost']
  const passwords = ['--password-file', passwordFile, '--provisioner-password-file', passwordFile]
  const argv = ['ca', 'init', ...names, '--address', values.address, ...passwords]
  const { status, stderr } = runMayfly(argv, { home: folder, cwd: folder })
  process.stderr.write(stderr)
  if (status !== 0) throw new Error('the development CA could not be made; see the line above')
}

function nextLines(): string {
  return `
A development CA serves until Ctrl-C. In another terminal:

  export MAYFLYPATH='${folder}'
  npx -y pnpm@12 mayfly ca certificate web.internal web.crt web.key --provisioner-password-file "$MAYFLYPATH/password.txt"
  npx -y pnpm@12 mayfly certificate inspect --short web.crt
  npx -y pnpm@12 mayfly ca renew --force web.crt web.key

`
}
