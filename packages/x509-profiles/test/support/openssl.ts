import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for openssl's files, removed when the test's `using` ends. */
export interface OpensslFolder extends Disposable {
  /** Writes a file into the folder. */
  write(name: string, content: string | Uint8Array): void
  /** Runs openssl in the folder and returns what it prints; throws when it fails. */
  run(...args: readonly string[]): string
}

export function createOpensslFolder(): OpensslFolder {
  const path = mkdtempSync(join(tmpdir(), 'mayfly-x509-'))
  return {
    write: (name, content) => writeFileSync(join(path, name), content),
    run: (...args) => execFileSync('openssl', args, { cwd: path, encoding: 'utf8', stdio: 'pipe' }),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  }
}
