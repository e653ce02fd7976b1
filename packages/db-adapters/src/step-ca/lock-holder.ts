import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { StoreError } from '../errors.ts'

/**
 * Refuses a database that a server uses.
 *
 * Badger holds a flock on its folder and bbolt one on its file, which only Linux shows, in /proc/locks,
 * and only to processes of the same container. So what Badger writes besides, a file LOCK with its process
 * number, counts too: a kill leaves it behind, and then no process of that number has the folder open.
 *
 * @param place the folder of Badger or the file of bbolt.
 * @throws {StoreError} `store_unavailable`.
 */
export function assertNotInUse(place: string): void {
  const noted = readOrNothing(join(place, 'LOCK')).trim()
  const holder = findLockHolder(place, noted) ?? findUser(place, noted)
  if (holder === undefined) return
  throw new StoreError('store_unavailable', `${place} is in use by process ${holder}`, {
    hint: 'stop step-ca first, or stop it, copy its database, and start it again',
  })
}

/** Of whom /proc/locks says that it holds a flock on the place. */
function findLockHolder(place: string, noted: string): string | undefined {
  const { dev, ino } = statSync(place)
  const major = ((dev >>> 8) & 0xfff).toString(16).padStart(2, '0')
  const minor = ((dev & 0xff) | ((dev >>> 12) & 0xfff00)).toString(16).padStart(2, '0')
  for (const line of readOrNothing('/proc/locks').split('\n')) {
    // 1: FLOCK  ADVISORY  WRITE 4711 fe:01:1310752 0 EOF
    const [, kind, , access, holder, locked] = line.trim().split(/\s+/)
    if (kind !== 'FLOCK' || access !== 'WRITE') continue
    if (locked === `${major}:${minor}:${ino}`) return holder
    // Some file systems show another device there than stat(2) does.
    if (noted !== '' && holder === noted && locked?.endsWith(`:${ino}`)) return holder
  }
  return undefined
}

/** The process noted in LOCK, where it lives and has a file of the folder open or may not be asked. */
function findUser(folder: string, noted: string): string | undefined {
  if (!/^[1-9]\d{0,9}$/.test(noted) || !isAlive(Number(noted))) return undefined
  try {
    const descriptors = `/proc/${noted}/fd`
    const inside = resolve(folder)
    const isOpen = readdirSync(descriptors).some((name) => {
      const path = linkOrNothing(join(descriptors, name))
      return path === inside || path.startsWith(inside + sep)
    })
    return isOpen ? noted : undefined
  } catch {
    return noted
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function linkOrNothing(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
