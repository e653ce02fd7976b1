import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** User and system time of a process and all its threads, in milliseconds, by steps of 10 (proc(5), `stat`). */
export function cpuMillisecondsOf(pid: number): number {
  const { ownTicks } = processOf(pid)
  return ownTicks * millisecondsPerTick
}

/** As {@link cpuMillisecondsOf}, with its children: those that live, and those that have ended. */
export function cpuMillisecondsOfFamily(pid: number): number {
  const parent = processOf(pid)
  const children = processes().filter(({ parentPid }) => parentPid === pid)
  const ticks = children.reduce(
    (sum, child) => sum + child.ownTicks + child.endedTicks,
    parent.ownTicks + parent.endedTicks,
  )
  return ticks * millisecondsPerTick
}

/** The process that listens on a TCP port of this machine, if its like is called `names` and it can be seen. */
export function findListener(port: number, names: readonly string[]): number | undefined {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listeningInodes(table, port)))
  return processes().find(
    ({ pid, name }) => names.includes(name) && socketsOf(pid).some((inode) => inodes.has(inode)),
  )?.pid
}

interface Process {
  readonly pid: number
  readonly name: string
  readonly parentPid: number
  readonly ownTicks: number
  /** Of children that have ended and were waited for. */
  readonly endedTicks: number
}

function processOf(pid: number): Process {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = (first: number): number => Number(fields[first]) + Number(fields[first + 1])
  return {
    pid,
    name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
    parentPid: Number(fields[1]),
    ownTicks: ticks(11),
    endedTicks: ticks(13),
  }
}

function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [processOf(Number(name))]
      } catch {
        // It ended meanwhile.
        return []
      }
    })
}

function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return readFileSync(`/proc/net/${table}`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === listening)
    .map((fields) => fields[9] ?? '')
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${name}`))?.[1]
      return inode === undefined ? [] : [inode]
    })
  } catch {
    // Another user's, or it ended meanwhile.
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

/** TCP_LISTEN. */
const listening = '0A'

const millisecondsPerTick = 10
