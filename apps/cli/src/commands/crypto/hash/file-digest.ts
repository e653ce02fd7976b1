import { createHash, type Hash } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { reasonOf } from '../../../files/system-error.ts'
import { CommandError, flagValueInvalid } from '../../../framework/errors.ts'

const algorithms: ReadonlyMap<string, string> = new Map([
  ['sha', 'sha1'],
  ['sha1', 'sha1'],
  ['sha224', 'sha224'],
  ['sha256', 'sha256'],
  ['sha384', 'sha384'],
  ['sha512', 'sha512'],
  ['sha512-224', 'sha512-224'],
  ['sha512-256', 'sha512-256'],
  ['md5', 'md5'],
])

/** The flags that name the hash function. */
export const hashFlags = {
  alg: {
    type: 'text',
    value: 'algorithm',
    options: ['sha256', 'sha1', 'sha224', 'sha384', 'sha512', 'sha512-224', 'sha512-256', 'md5'],
    help: 'sha256 (default), sha1, sha224, sha384, sha512, sha512-224, sha512-256, or md5, which needs --insecure.',
  },
  insecure: { type: 'boolean', help: 'Allows --alg md5.' },
} as const

/**
 * The name that OpenSSL has for a hash function.
 *
 * @throws {CommandError} `flag_invalid`, `flag_missing`
 */
export function hashAlgorithm({
  alg = 'sha256',
  insecure,
}: {
  readonly alg: string | undefined
  readonly insecure: boolean
}): string {
  const algorithm = algorithms.get(alg.toLowerCase())
  if (algorithm === undefined) throw flagValueInvalid('alg', alg)
  if (algorithm === 'md5' && !insecure) {
    throw new CommandError('flag_missing', `flag '--alg ${alg}' requires the '--insecure' flag`)
  }
  return algorithm
}

/**
 * The digest of a file, or of a folder with all that is in it as step makes it: modes and contents in the order of
 * names, what symbolic links lead to in their place.
 *
 * @throws {CommandError} `file_unreadable`, also where links go in a circle.
 */
export async function digestPath(algorithm: string, path: string): Promise<Buffer> {
  const stats = await explained('stat', path, () => stat(path))
  return stats.isDirectory()
    ? await digestFolder(algorithm, path, stats, [])
    : await digestFile(algorithm, path)
}

async function digestFile(algorithm: string, path: string): Promise<Buffer> {
  const hash = createHash(algorithm)
  await explained('open', path, () => pipeline(createReadStream(path), hash))
  return hash.digest()
}

async function digestFolder(
  algorithm: string,
  path: string,
  stats: Stats,
  above: readonly string[],
): Promise<Buffer> {
  const identity = `${stats.dev}:${stats.ino}`
  if (above.includes(identity)) {
    throw new CommandError('file_unreadable', `open ${path} failed: it is a folder within itself`)
  }
  const hash = createHash(algorithm)
  writeMode(hash, stats)
  const names = await explained('open', path, () => readdir(path))
  for (const name of names.toSorted(byOctets)) {
    const member = join(path, name)
    const found = await explained('lstat', member, () => lstat(member))
    if (!found.isDirectory()) writeMode(hash, found)
    const target = found.isSymbolicLink()
      ? await explained('stat', member, () => stat(member))
      : found
    hash.update(
      target.isDirectory()
        ? await digestFolder(algorithm, member, target, [...above, identity])
        : await digestFile(algorithm, member),
    )
  }
  return hash.digest()
}

/** Four octets, the lowest first: the permissions, and the kind of file in Go's bits. */
function writeMode(hash: Hash, { mode }: Stats): void {
  const kind = kindBits.get(mode & 0o170000) ?? 0
  const special = specialBits
    .filter(({ unix }) => (mode & unix) !== 0)
    .reduce((bits, { go }) => bits + go, 0)
  const octets = Buffer.alloc(4)
  octets.writeUInt32LE((mode & 0o777) + kind + special)
  hash.update(octets)
}

/** By octets of UTF-8, as Go sorts names. */
function byOctets(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

async function explained<T>(operation: string, path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (cause) {
    throw new CommandError('file_unreadable', `${operation} ${path} failed: ${reasonOf(cause)}`, {
      cause,
    })
  }
}

/** By `st_mode & S_IFMT`: Go's ModeDir, ModeSymlink, ModeNamedPipe, ModeSocket, ModeDevice, ModeCharDevice. */
const kindBits: ReadonlyMap<number, number> = new Map([
  [0o040000, 2 ** 31],
  [0o120000, 2 ** 27],
  [0o010000, 2 ** 25],
  [0o140000, 2 ** 24],
  [0o060000, 2 ** 26],
  [0o020000, 2 ** 26 + 2 ** 21],
])

const specialBits = [
  { unix: 0o4000, go: 2 ** 23 },
  { unix: 0o2000, go: 2 ** 22 },
  { unix: 0o1000, go: 2 ** 20 },
]
