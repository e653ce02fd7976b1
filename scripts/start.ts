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

const root = resolve(import.meta.dirname, '..')

const usage = `Usage: npx -y pnpm@12 start [--folder DIR] [--address HOST:PORT]

Serves a development CA until Ctrl-C. It is made in DIR (by default .mayfly-dev in the checkout, which git
ignores) if it is not there; remove the folder to begin anew.
`

try {
  await serve()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}

async function serve(): Promise<void> {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string', default: join(root, '.mayfly-dev') },
      address: { type: 'string', default: '127.0.0.1:9443' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return
  }
  const folder = resolve(values.folder)
  const passwordFile = join(folder, 'password.txt')
  if (existsSync(join(folder, 'config/ca.json'))) say(`Using the development CA in ${folder}.`)
  else createPki({ folder, passwordFile, address: values.address })
  const server = await startMayflyCa({ home: folder, passwordFile, onLine: say })
  process.stdout.write(nextLines(folder))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void stopMayflyCa(server))
  }
  server.once('exit', (code) => {
    process.exitCode = code ?? 0
  })
}

function createPki(options: {
  readonly folder: string
  readonly passwordFile: string
  readonly address: string
}): void {
  const { folder, passwordFile, address } = options
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
  const names = ['--name', 'Development CA', '--provisioner', 'admin', '--dns', 'localhost']
  const passwords = ['--password-file', passwordFile, '--provisioner-password-file', passwordFile]
  const argv = ['ca', 'init', ...names, '--address', address, ...passwords]
  const { status, stderr } = runMayfly(argv, { home: folder, cwd: folder })
  say(stderr.trimEnd())
  if (status !== 0) throw new Error('the development CA could not be made; see the lines above')
}

function nextLines(folder: string): string {
  return `
A development CA serves until Ctrl-C. In another terminal:

  cd '${root}'
  export MAYFLYPATH='${folder}'
  npx -y pnpm@12 mayfly ca certificate web.internal web.crt web.key --provisioner-password-file "$MAYFLYPATH/password.txt"
  npx -y pnpm@12 mayfly certificate inspect --short web.crt
  npx -y pnpm@12 mayfly ca renew --force web.crt web.key

`
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
