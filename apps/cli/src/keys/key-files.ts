import { isSameFile } from '../files/distinct-files.ts'
import { clearKeyMode, confirmOverwrite, reserveOutputFile } from '../files/output-file.ts'
import { CommandError } from '../framework/errors.ts'
import { reportLine } from '../framework/report.ts'
import type { Io } from '../io.ts'

/** Where the halves of a new key go. */
export interface KeyFileNames {
  readonly publicPath: string
  readonly privatePath: string
}

/**
 * Refuses one file for both halves, then asks about overwriting, before any password is asked for.
 *
 * @throws {CommandError} `flag_conflict`, `file_exists`
 */
export async function prepareKeyFiles(
  io: Io,
  { publicPath, privatePath }: KeyFileNames,
  { usage, force }: { readonly usage: string; readonly force: boolean },
): Promise<void> {
  const [publicName = '', privateName = ''] = usage.match(/<[^>]+>/g) ?? []
  if (publicPath === privatePath || isSameFile(publicPath, privatePath)) {
    throw new CommandError(
      'flag_conflict',
      `positional arguments ${publicName} and ${privateName} cannot be equal in '${usage}'`,
    )
  }
  await confirmOverwrite(io, publicPath, { force })
  await confirmOverwrite(io, privatePath, { force })
}

/**
 * Writes both halves, or neither, each of mode 0600 where it is new, and tells of them. Without a private half, only
 * the public one, calling it a `kind`: PEM or JWK.
 *
 * @throws {CommandError} `file_unwritable`
 */
export async function writeKeyFiles(
  io: Io,
  { publicPath, privatePath }: KeyFileNames,
  {
    publicText,
    privateText,
    kind,
    inTheClear,
  }: {
    readonly publicText: string
    readonly privateText: string | undefined
    readonly kind: 'PEM' | 'JWK'
    /** In which files a private or secret key stands without a password. */
    readonly inTheClear: 'none' | 'private' | 'both'
  },
): Promise<void> {
  const hidden = { maximumMode: clearKeyMode }
  await using publicFile = await reserveOutputFile(publicPath, inTheClear === 'both' ? hidden : {})
  await publicFile.fill(publicText)
  if (privateText === undefined) {
    await publicFile.publish()
    reportLine(io, `Your public key has been saved in ${publicPath}.`)
    reportLine(io, `Only the public ${kind} was generated.`)
    reportLine(io, 'Cannot retrieve a private key from a public one.')
    return
  }
  await using privateFile = await reserveOutputFile(
    privatePath,
    inTheClear === 'none' ? {} : hidden,
  )
  await privateFile.fill(privateText)
  await privateFile.publish()
  await publicFile.publish()
  reportLine(io, `Your public key has been saved in ${publicPath}.`)
  reportLine(io, `Your private key has been saved in ${privatePath}.`)
}
