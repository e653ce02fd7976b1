import { confirmOverwrite, writeOutputFile } from '../files/output-file.ts'
import { reportLine, writeResult } from '../framework/report.ts'
import type { Io } from '../io.ts'

/**
 * Fetches certificates and prints them, or saves them in the file that the user named.
 *
 * `what` is what the closing line calls them: `root certificate`, `root certificate bundle`.
 */
export async function deliverCertificates({
  io,
  path,
  force,
  what,
  fetchPem,
}: {
  readonly io: Io
  readonly path: string | undefined
  readonly force: boolean
  readonly what: string
  readonly fetchPem: () => Promise<string>
}): Promise<void> {
  if (path === undefined) {
    writeResult(io, await fetchPem())
    return
  }
  const pem = await fetchPem()
  await confirmOverwrite(io, path, { force })
  await writeOutputFile(path, pem)
  reportLine(io, `The ${what} has been saved in ${path}.`)
}
