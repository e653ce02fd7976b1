import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Files of a small PKI that openssl made: a root, a server named `localhost`, and a client. */
export interface TlsFiles extends AsyncDisposable {
  readonly folder: string
  readonly rootFile: string
  readonly serverCertificateFile: string
  readonly serverKeyFile: string
  readonly certificateFile: string
  readonly keyFile: string
  /** A root that has signed none of these. */
  readonly strangerFile: string
}

/** Makes {@link TlsFiles} in a new folder that everybody may read. */
export async function createTlsFiles(): Promise<TlsFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-tls-'))
  await chmod(folder, 0o755)
  const path = (name: string) => join(folder, name)
  await writeFile(path('server.ext'), 'subjectAltName=DNS:localhost\n')
  await writeFile(path('client.ext'), 'extendedKeyUsage=clientAuth\n')
  for (const root of ['root', 'stranger']) {
    openssl(
      folder,
      `req -x509 -newkey rsa:2048 -nodes -keyout ${root}.key -out ${root}.crt -subj /CN=${root} -days 2`,
    )
  }
  for (const leaf of ['server', 'client']) {
    openssl(
      folder,
      `req -newkey rsa:2048 -nodes -keyout ${leaf}.key -out ${leaf}.csr -subj /CN=${leaf}`,
    )
    openssl(
      folder,
      `x509 -req -in ${leaf}.csr -CA root.crt -CAkey root.key -CAcreateserial -out ${leaf}.crt -days 2 -extfile ${leaf}.ext`,
    )
    await chmod(path(`${leaf}.key`), 0o644)
  }
  return {
    folder,
    rootFile: path('root.crt'),
    serverCertificateFile: path('server.crt'),
    serverKeyFile: path('server.key'),
    certificateFile: path('client.crt'),
    keyFile: path('client.key'),
    strangerFile: path('stranger.crt'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

function openssl(folder: string, command: string): void {
  const { status, stderr } = spawnSync('openssl', command.split(' '), { cwd: folder })
  if (status !== 0) throw new Error(`openssl ${command}: ${stderr}`)
}
