/** A system call on a file or a socket, at the line of the trace where it began and where it ended. */
export interface SystemCall {
  readonly name: string
  /** What the descriptor leads to, as `strace -yy` shows it. */
  readonly target: string
  readonly result: number
  readonly begun: number
  readonly ended: number
}

/** Reads what `strace -f -yy` wrote, joining calls that were interrupted by others. */
export function parseTrace(text: string): SystemCall[] {
  const calls: SystemCall[] = []
  const unfinished = new Map<string, { name: string; target: string; begun: number }>()
  for (const [line, content] of text.split('\n').entries()) {
    const [, thread = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(content) ?? []
    const [, name, target = ''] = /^(\w+)\(\d+<(.*?)>+[,)\s]/.exec(rest) ?? []
    const result = Number(/= (-?\d+)[^=]*$/.exec(rest)?.[1] ?? Number.NaN)
    if (name !== undefined && rest.endsWith('<unfinished ...>')) {
      unfinished.set(thread, { name, target, begun: line })
    } else if (name !== undefined) {
      calls.push({ name, target, result, begun: line, ended: line })
    } else if (/^<\.\.\. \w+ resumed>/.test(rest)) {
      const call = unfinished.get(thread)
      unfinished.delete(thread)
      if (call !== undefined) calls.push({ ...call, result, ended: line })
    }
  }
  return calls
}

/** What a trace says about the last answer that a server sent. */
export interface AnswerTrace {
  /** Writes to the write-ahead log between the request and the first octet of its answer. */
  readonly logWrites: number
  /** Whether the log was synced after the last of them and before that octet. */
  readonly isSynced: boolean
}

/** Looks at the last request on `port` of more than `requestOctets`, and at what was done before its answer. */
export function findLastAnswer(
  calls: readonly SystemCall[],
  { port, requestOctets }: { readonly port: number; readonly requestOctets: number },
): AnswerTrace {
  const onSocket = calls.filter(
    ({ target }) => target.startsWith('TCP') && target.includes(`:${port}->`),
  )
  const request = onSocket.findLast(
    ({ name, result }) => readCalls.has(name) && result > requestOctets,
  )
  if (request === undefined) throw new Error(`no request of ${requestOctets} octets in the trace`)
  const answer = onSocket.find(
    ({ name, begun, target }) =>
      writeCalls.has(name) && begun > request.ended && target === request.target,
  )
  if (answer === undefined) throw new Error('the request has no answer in the trace')
  const onLog = calls.filter(
    ({ target, begun }) => target.endsWith('-wal') && begun > request.ended && begun < answer.begun,
  )
  const writes = onLog.filter(({ name }) => writeCalls.has(name))
  const last = Math.max(...writes.map(({ ended }) => ended))
  const isSynced = onLog.some(
    ({ name, result, begun, ended }) =>
      syncCalls.has(name) && result === 0 && begun > last && ended < answer.begun,
  )
  return { logWrites: writes.length, isSynced: writes.length > 0 && isSynced }
}

const readCalls: ReadonlySet<string> = new Set(['read', 'recvfrom', 'recvmsg'])
const writeCalls: ReadonlySet<string> = new Set([
  'write',
  'writev',
  'pwrite64',
  'pwritev',
  'sendto',
  'sendmsg',
])
const syncCalls: ReadonlySet<string> = new Set(['fsync', 'fdatasync'])
