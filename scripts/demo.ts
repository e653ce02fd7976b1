/** `pnpm demo`: the whole day of a certificate, in a temporary folder, told in plain lines. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import {
  type Ended,
  findFreePort,
  runMayfly,
  startMayflyCa,
  stopMayflyCa,
} from './development-ca.ts'

const folder = mkdtempSync(join(tmpdir(), 'mayfly-demo-'))
const home = join(folder, 'home')
const stopped = new AbortController()
process.once('SIGINT', () => stopped.abort())

try {
  await demonstrate()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
say(`That was a certificate's whole day. The temporary folder is gone again.`)

async function demonstrate(): Promise<void> {
  const port = await findFreePort()
  const passwordFile = join(folder, 'password.txt')
  writeFileSync(passwordFile, 'a password for this demonstration only\n', { mode: 0o600 })
  const password = ['--password-file', 'password.txt']

  say('1. A new PKI: root, intermediate, and a provisioner that may ask for certificates.')
  const dns = ['--dns', 'localhost', '--dns', '127.0.0.1', '--address', `127.0.0.1:${port}`]
  const name = ['--name', 'Demo CA', '--provisioner', 'admin']
  mayfly('ca', 'init', ...name, ...dns, ...password, '--provisioner-password-file', 'password.txt')

  say('2. The server starts.')
  say(`   $ mayfly-ca $(mayfly path)/config/ca.json --password-file password.txt`)
  const server = await startMayflyCa({ home, passwordFile, onLine: tellServerLine })
  try {
    mayfly('ca', 'health')

    say('3. A one-time token, then a certificate for it.')
    mayfly('ca', 'token', 'web.internal', ...password, '--output-file', 'token')
    const names = ['web.internal', 'web.crt', 'web.key', '--token-file', 'token']
    mayfly('ca', 'certificate', ...names, '--not-after', '12h')
    mayfly('certificate', 'inspect', '--short', 'web.crt')

    say(
      '4. Renewal over mutual TLS: the certificate itself is the credential. The serial is a new one.',
    )
    mayfly('ca', 'renew', '--force', 'web.crt', 'web.key')
    mayfly('certificate', 'inspect', '--short', 'web.crt')

    say('5. Revocation, by the certificate and its key.')
    mayfly('ca', 'revoke', '--cert', 'web.crt', '--key', 'web.key')

    say('6. A revoked certificate is not renewed.')
    refused('ca', 'renew', '--force', 'web.crt', 'web.key')

    say('7. A one-time token is good for one certificate only.')
    refused('ca', 'certificate', 'web.internal', 'again.crt', 'again.key', '--token-file', 'token')
  } finally {
    await stopMayflyCa(server)
  }
}

function mayfly(...argv: string[]): Ended {
  const ended = tell(argv)
  if (ended.status !== 0) throw new Error(`mayfly ${argv.join(' ')} ended with ${ended.status}`)
  return ended
}

function refused(...argv: string[]): void {
  if (tell(argv).status === 0) throw new Error(`mayfly ${argv.join(' ')} should have been refused`)
}

function tell(argv: readonly string[]): Ended {
  stopped.signal.throwIfAborted()
  say(`   $ mayfly ${argv.map(quoted).join(' ')}`)
  const ended = runMayfly(argv, { home, cwd: folder })
  for (const line of [...ended.stdout.split('\n'), ...ended.stderr.split('\n')]) {
    if (line.trim() !== '') say(`     ${plain(line)}`)
  }
  return ended
}

function tellServerLine(line: string): void {
  const isRequest = / method=/.test(line)
  if (!isRequest) say(`     ${plain(line)}`)
}

/** Without colours, and with the temporary folder's name left out. */
function plain(line: string): string {
  return stripVTControlCharacters(line).replaceAll(folder, '…')
}

function quoted(word: string): string {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word}'`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
