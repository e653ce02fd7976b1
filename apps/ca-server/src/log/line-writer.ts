import { write, writeSync } from 'node:fs'

/** Writes lines in their order, without stopping the process for whoever reads them. */
export interface LineWriter {
  /** Takes one line or several, each with its line feed. */
  write(text: string): void
  /** `undefined` while there is room; else resolves when there is. Who makes lines at will waits for it. */
  findDelay(): Promise<void> | undefined
  /** Resolves when all that was taken is written or lost. */
  flushed(): Promise<void>
  /** Writes what has not been begun, waiting for the reader: for a process that ends at once. */
  flushSync(): void
}

export interface LineWriterOptions {
  readonly fileDescriptor: number
  /** Words, as a line, that so many lines were lost. */
  readonly describeLoss: (lines: number) => string
  readonly setTimer: (callback: () => void, milliseconds: number) => unknown
}

/**
 * Returns a writer that gathers the lines of a turn of the event loop and has one write in flight. Lines that cannot be
 * written, for a disk is full or a reader is gone, are lost; the next that can is preceded by their number.
 */
export function createLineWriter(options: LineWriterOptions): LineWriter {
  const { fileDescriptor, describeLoss, setTimer } = options
  let waiting: string[] = []
  let waitingOctets = 0
  let lostLines = 0
  let isBusy = false
  let endsInsideLine = false
  let room: PromiseWithResolvers<void> | undefined
  let idle: PromiseWithResolvers<void> | undefined

  function take(text: string): void {
    if (waitingOctets >= maximumOctets) {
      lostLines += countLines(text)
      return
    }
    waiting.push(text)
    waitingOctets += text.length
    if (isBusy) return
    isBusy = true
    setImmediate(begin)
  }

  function gather(): { readonly text: string; readonly loss: string } {
    const text = waiting.join('')
    waiting = []
    waitingOctets = 0
    const feed = endsInsideLine ? '\n' : ''
    return { text, loss: lostLines === 0 ? feed : `${feed}${describeLoss(lostLines)}` }
  }

  function begin(): void {
    const { text, loss } = gather()
    room?.resolve()
    room = undefined
    if (text !== '') {
      const toldLines = lostLines
      send(Buffer.from(`${loss}${text}`), (error) => {
        lostLines += error === undefined ? -toldLines : countLines(text)
        begin()
      })
      return
    }
    isBusy = false
    idle?.resolve()
    idle = undefined
  }

  function send(octets: Buffer, done: (error?: Error) => void): void {
    write(fileDescriptor, octets, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimer(() => send(octets, done), pauseMilliseconds)
        return
      }
      if (error !== null) {
        done(error)
        return
      }
      endsInsideLine = octets[written - 1] !== lineFeed
      if (written < octets.length) send(octets.subarray(written), done)
      else done()
    })
  }

  return {
    write: take,
    findDelay: () => {
      if (waitingOctets < fullOctets) return undefined
      room ??= Promise.withResolvers<void>()
      return room.promise
    },
    flushed: async () => {
      if (!isBusy) return
      idle ??= Promise.withResolvers<void>()
      await idle.promise
    },
    flushSync: () => {
      const { text, loss } = gather()
      try {
        if (text !== '') writeAll(fileDescriptor, Buffer.from(`${loss}${text}`))
      } catch (error) {
        // Nobody is left to be told.
        if (!(error instanceof Error && 'code' in error)) throw error
      }
    },
  }
}

function writeAll(fileDescriptor: number, octets: Buffer): void {
  let written = 0
  while (written < octets.length) written += writeSync(fileDescriptor, octets, written)
}

function countLines(text: string): number {
  return text.split('\n').length - 1
}

const lineFeed = 0x0a
/** How long a descriptor that would block is left alone. */
const pauseMilliseconds = 10
/** From here on, requests wait for the reader of their lines. */
const fullOctets = 4 * 1024 * 1024
/** From here on, lines that do not wait are lost: they tell of handshakes that fail, of which strangers can make many. */
const maximumOctets = 2 * fullOctets
