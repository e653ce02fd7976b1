import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { type CommitBatch, createCommitBatch } from './batch.ts'
import { encodeFailure } from './unit-message.ts'
import { openWriterDatabase } from './writer-database.ts'
import type { WriterAnswer, WriterOptions, WriterRequest } from './writer-message.ts'

/** The writer's thread: it owns the one connection that writes. Its other end is `writer-thread.ts`. */
async function serve(port: MessagePort, options: WriterOptions): Promise<void> {
  const answer = (message: WriterAnswer): void => port.postMessage(message)
  try {
    const database = await openWriterDatabase(options)
    const commitBatch = createCommitBatch(database, options)
    port.on('message', (request: WriterRequest) => {
      switch (request.kind) {
        case 'commit':
          return answer({ kind: 'committed', results: commit(commitBatch, request) })
        case 'close':
          database.close()
          return port.close()
      }
    })
    answer({ kind: 'ready' })
  } catch (error) {
    answer({ kind: 'failed', failure: encodeFailure(error) })
  }
}

function commit(
  commitBatch: CommitBatch,
  { units, waitMilliseconds }: Extract<WriterRequest, { kind: 'commit' }>,
): ReturnType<CommitBatch> {
  return commitBatch(units, performance.now() + waitMilliseconds)
}

if (parentPort === null) throw new TypeError('the writer runs as a worker thread only')
await serve(parentPort, workerData)
