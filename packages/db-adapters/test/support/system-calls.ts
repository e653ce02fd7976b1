import { spawnSync } from 'node:child_process'

/** Whether strace is here, and if not, why its tests do not run. With CI set it must be. */
export function findStrace(): { readonly missing: string | undefined } {
  const { status } = spawnSync('strace', ['-V'])
  if (status === 0) return { missing: undefined }
  if (process.env.CI) throw new Error('strace is not installed: apt-get install strace')
  return { missing: 'strace is not installed' }
}

/**
 * Tells whether a trace (`strace -f -y`) shows the write-ahead log synced after its last write and
 * before the first octet of `announcement` is written to standard output.
 */
export function wasSyncedBefore(trace: string, announcement: string): boolean {
  let synced: boolean | undefined
  const syncing = new Set<string>()
  for (const line of trace.split('\n')) {
    const [thread = ''] = line.split(' ', 1)
    if (/ write\(1<[^>]*>, "/.test(line) && line.includes(`"${announcement}`)) {
      if (synced === undefined) throw new Error('the trace shows no write to the log')
      return synced
    }
    if (/ pwrite64\(\d+<[^>]*-wal>/.test(line)) synced = false
    if (/ f(data)?sync\(\d+<[^>]*-wal>/.test(line)) {
      if (line.endsWith('= 0')) synced = true
      else syncing.add(thread)
    }
    if (/ <\.\.\. f(data)?sync resumed>/.test(line) && syncing.delete(thread)) {
      synced = line.endsWith('= 0')
    }
  }
  throw new Error(`the trace does not show ${announcement} being written`)
}
