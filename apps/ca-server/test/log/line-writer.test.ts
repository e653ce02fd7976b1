import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLineWriter, type LineWriter } from '../../src/log/line-writer.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-lines-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

function writerOn(fileDescriptor: number): LineWriter {
  return createLineWriter({
    fileDescriptor,
    describeLoss: (lines) => `lost ${lines}\n`,
    setTimer: setTimeout,
  })
}

const megabyte = `${'x'.repeat(1024 * 1024 - 1)}\n`

/** A pipe that holds 64 KiB and is read only when asked. */
function openPipe(name: string, { blocks }: { readonly blocks: boolean }) {
  const path = join(folder, name)
  execFileSync('/usr/bin/mkfifo', [path])
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const flags = blocks ? constants.O_WRONLY : constants.O_WRONLY | constants.O_NONBLOCK
  const writer = openSync(path, flags)
  const chunk = Buffer.alloc(65_536)
  const readSome = (): string => {
    try {
      return chunk.toString('latin1', 0, readSync(reader, chunk))
    } catch {
      return ''
    }
  }
  return { writer, reader, readSome, close: () => [reader, writer].forEach(closeSync) }
}

/** Reads until everything is written, and what is left in the pipe. */
async function drain(lines: LineWriter, readSome: () => string): Promise<string> {
  let isFlushed = false
  const flushed = lines.flushed().then(() => {
    isFlushed = true
  })
  let text = ''
  while (!isFlushed) {
    text += readSome()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await flushed
  for (let more = readSome(); more !== ''; more = readSome()) text += more
  return text
}

describe('a line writer', () => {
  test('writes lines in their order and is then idle', async () => {
    const path = join(folder, 'plain')
    const lines = writerOn(openSync(path, 'w'))
    const expected = Array.from({ length: 1000 }, (_, index) => `line ${index}\n`)
    for (const [index, line] of expected.entries()) {
      lines.write(line)
      if (index % 100 === 0) await lines.flushed()
    }
    await lines.flushed()
    await lines.flushed()
    expect(readFileSync(path, 'utf8')).toBe(expected.join(''))
  })

  test.each([true, false])(
    'does not stop for a slow reader of a pipe (blocking: %s)',
    async (blocks) => {
      const pipe = openPipe(`slow-${blocks}`, { blocks })
      const lines = writerOn(pipe.writer)
      const expected = `${megabyte}last\n`
      lines.write(megabyte)
      lines.write('last\n')
      expect(await drain(lines, pipe.readSome)).toBe(expected)
      pipe.close()
    },
  )

  test('asks to wait when megabytes are unread, until there is room again', async () => {
    const pipe = openPipe('full', { blocks: true })
    const lines = writerOn(pipe.writer)
    lines.write(megabyte)
    await new Promise((resolve) => setImmediate(resolve))
    expect(lines.findDelay()).toBeUndefined()
    for (let count = 0; count < 4; count += 1) lines.write(megabyte)
    const delay = lines.findDelay()
    expect(delay).toBeInstanceOf(Promise)
    expect((await drain(lines, pipe.readSome)).length).toBe(5 * megabyte.length)
    await delay
    expect(lines.findDelay()).toBeUndefined()
    pipe.close()
  })

  test('keeps a bounded number of octets, and tells how many lines that cost', async () => {
    const pipe = openPipe('bounded', { blocks: true })
    const lines = writerOn(pipe.writer)
    for (let count = 0; count < 12; count += 1) lines.write(megabyte)
    const text = await drain(lines, pipe.readSome)
    expect(text.slice(0, 7)).toBe('lost 4\n')
    expect(text.length).toBe(7 + 8 * megabyte.length)
    pipe.close()
  })

  test('goes on when its disk is full', async () => {
    const lines = writerOn(openSync('/dev/full', 'w'))
    lines.write('one\n')
    await lines.flushed()
    lines.write('two\n')
    await lines.flushed()
    expect(lines.findDelay()).toBeUndefined()
  })

  test('goes on when its reader goes away, and tells the next one what was lost', async () => {
    const pipe = openPipe('away', { blocks: true })
    const lines = writerOn(pipe.writer)
    closeSync(pipe.reader)
    lines.write('one\ntwo\n')
    await lines.flushed()
    lines.write('three\n')
    await lines.flushed()
    const reader = openSync(join(folder, 'away'), constants.O_RDONLY | constants.O_NONBLOCK)
    lines.write('four\n')
    await lines.flushed()
    const chunk = Buffer.alloc(100)
    expect(chunk.toString('utf8', 0, readSync(reader, chunk))).toBe('lost 3\nfour\n')
    closeSync(reader)
    closeSync(pipe.writer)
  })

  test('writes what is left at once when the process ends', () => {
    const path = join(folder, 'end')
    const lines = writerOn(openSync(path, 'w'))
    lines.write('one\n')
    lines.write('two\n')
    lines.flushSync()
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n')
    const full = writerOn(openSync('/dev/full', 'w'))
    full.write('one\n')
    expect(() => full.flushSync()).not.toThrow()
  })
})
