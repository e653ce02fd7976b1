import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createAuthorityFolder } from '../support/authority-folder.ts'
import { createCsr } from '../support/certificates.ts'
import { startChildServer } from '../support/child-server.ts'
import { call, keepOneConnection } from '../support/http-client.ts'
import { createToken } from '../support/running-server.ts'
import { type AnswerTrace, findLastAnswer, parseTrace } from '../support/system-calls.ts'

const hasStrace = spawnSync('strace', ['-V']).status === 0
if (!hasStrace) {
  const reason = 'strace is not installed: the order of syncs and answers cannot be seen'
  if (process.env.CI) throw new Error(reason)
  console.warn(`skipped: ${reason}`)
}

/** Signs once under strace and returns what was done between the request and its answer. */
async function traceSign(mayfly: Record<string, unknown>): Promise<AnswerTrace> {
  const folder = await createAuthorityFolder()
  await folder.rewrite((document) => {
    document.mayfly = mayfly
  })
  const trace = join(folder.directory, 'trace')
  const traced =
    'read,recvfrom,recvmsg,write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync'
  const wrap = ['strace', '-f', '-yy', '-s', '0', '-e', `trace=${traced}`, '-o', trace]
  const server = await startChildServer(folder, { wrap })
  const { port } = server
  const agent = keepOneConnection()
  const { csr } = await createCsr()
  // The first answer leaves with the handshake's last messages; the one that is looked at has the connection to itself.
  await call('/health', { port, rootPem: folder.rootPem, agent })
  const body = { csr, ott: await createToken(folder) }
  const answer = await call('/sign', { port, rootPem: folder.rootPem, agent, body })
  expect(answer.status).toBe(201)
  agent.destroy()
  // strace passes the signal of its own end on to nobody, so its child is told.
  process.kill(Number(await childOf(server.child.pid)), 'SIGTERM')
  await server.stop('SIGCONT')
  const calls = parseTrace(await readFile(trace, 'utf8'))
  await folder.dispose()
  return findLastAnswer(calls, { port, requestOctets: 1000 })
}

async function childOf(pid: number | undefined): Promise<string> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim()
}

describe.skipIf(!hasStrace)('a 201', () => {
  test('leaves after the write-ahead log was synced', async () => {
    const { logWrites, isSynced } = await traceSign({})
    expect(logWrites).toBeGreaterThan(0)
    expect(isSynced).toBe(true)
  })

  test('leaves before that only where unsynced commits are allowed by name', async () => {
    const { logWrites, isSynced } = await traceSign({ dangerouslyAllowUnsyncedCommits: true })
    expect(logWrites).toBeGreaterThan(0)
    expect(isSynced).toBe(false)
  })
})
