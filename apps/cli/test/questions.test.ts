import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { withQuestions } from '../src/terminal/questions.ts'
import { createTerminal } from '../src/terminal/terminal.ts'
import { runCaptured } from './support/captured-io.ts'
import { unusedIo } from './support/unused-io.ts'

function ask<T>(typed: string, question: Parameters<typeof withQuestions<T>>[2]) {
  const keys = Object.assign(new PassThrough(), { setRawMode: () => undefined })
  let drawn = ''
  const output = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      drawn += chunk.toString()
      done()
    },
  })
  const terminal = createTerminal(keys, output)
  keys.end(typed)
  const io = { openTerminal: async () => terminal }
  return withQuestions<T>({ ...unusedIo, ...io }, 'use --flag', question).then((answer) => ({
    answer,
    drawn,
  }))
}

describe('questions', () => {
  test.each([
    { typed: 'abc\r', answer: 'abc', why: 'Enter ends' },
    { typed: 'abc\n', answer: 'abc', why: 'a line feed ends' },
    { typed: 'abx\u007fc\r', answer: 'abc', why: 'backspace takes back' },
    { typed: '\u007f\u007fabc\r', answer: 'abc', why: 'there is nothing to take back' },
    { typed: 'wrong\u0015abc\r', answer: 'abc', why: 'Ctrl-U takes all back' },
    { typed: 'a\u001b[Db\u001bOCc\r', answer: 'abc', why: 'arrows do nothing' },
    { typed: 'dåß🦋\r', answer: 'dåß🦋', why: 'any character is one key' },
    { typed: '🦋\u007fx\r', answer: 'x', why: 'and is taken back as one' },
  ])('reads $answer: $why', async ({ typed, answer }) => {
    const asked = await ask(typed, ({ askText }) => askText('Name'))
    expect(asked.answer).toBe(answer)
    expect(asked.drawn).toContain(`✔\u001b[0m Name: ${answer}\r\n`)
  })

  test('asks again until the answer is right', async () => {
    const { answer, drawn } = await ask('bad\rgood\r', ({ askText }) =>
      askText('Name', { validate: (text) => (text === 'good' ? undefined : 'not good') }),
    )
    expect(answer).toBe('good')
    expect(drawn).toContain('>> not good')
  })

  test('lets a first answer be edited', async () => {
    const { answer } = await ask('\u007f!\r', ({ askText }) =>
      askText('Password', { initial: 'ab' }),
    )
    expect(answer).toBe('a!')
  })

  test('draws nothing of a password', async () => {
    const { answer, drawn } = await ask('qzx&\r', ({ askPassword }) => askPassword('Password'))
    expect(answer).toBe('qzx&')
    for (const character of 'qzx&') expect(drawn).not.toContain(character)
  })

  test.each([
    { typed: 'y\r', answer: true },
    { typed: 'YES\r', answer: true },
    { typed: 'maybe\rno\r', answer: false },
    { typed: 'N\r', answer: false },
  ])('$typed is $answer', async ({ typed, answer }) => {
    expect((await ask(typed, ({ askYesNo }) => askYesNo('Sure'))).answer).toBe(answer)
  })

  test.each([
    { typed: '\r', answer: 0 },
    { typed: '\u001b[B\r', answer: 1 },
    { typed: 'jj\r', answer: 2 },
    { typed: 'jjj\r', answer: 0 },
    { typed: '\u001b[A\r', answer: 2 },
  ])('chooses item $answer', async ({ typed, answer }) => {
    expect((await ask(typed, ({ askChoice }) => askChoice('Which', ['a', 'b', 'c']))).answer).toBe(
      answer,
    )
  })

  test.each([
    { typed: 'abc\u0003', message: '^C' },
    { typed: 'abc\u0004', message: '^D' },
    { typed: 'abc', message: '^D' },
  ])('stops at $message', async ({ typed, message }) => {
    await expect(ask(typed, ({ askPassword }) => askPassword('Password'))).rejects.toThrow(
      expect.objectContaining({ code: 'interrupted', message }),
    )
  })

  test('ends in one line when the terminal fails', async () => {
    const keys = Object.assign(new PassThrough(), { setRawMode: () => undefined })
    const terminal = createTerminal(keys, new PassThrough())
    const io = { ...unusedIo, openTerminal: async () => terminal }
    const answer = withQuestions(io, 'use --flag', ({ askPassword }) => askPassword('Password'))
    keys.destroy(new Error('read EIO'))
    await expect(answer).rejects.toMatchObject({ code: 'interrupted' })
  })

  test('switches the echo on again whatever comes of the question', async () => {
    const modes: boolean[] = []
    const keys = Object.assign(new PassThrough(), { setRawMode: (raw: boolean) => modes.push(raw) })
    const terminal = createTerminal(keys, new PassThrough())
    const io = { ...unusedIo, openTerminal: async () => terminal }
    keys.write('\u0003')
    await expect(
      withQuestions(io, 'use --flag', ({ askPassword }) => askPassword('Password')),
    ).rejects.toMatchObject({ code: 'interrupted' })
    expect(modes).toEqual([true, false])
  })

  test('shows labels and items without what would steer the terminal', async () => {
    const { drawn } = await ask('\r', ({ askChoice }) => askChoice('A\u001b[2J', ['b\r\nc\u009b']))
    expect(drawn).toContain('A\\u001b[2J: ')
    expect(drawn).toContain('▸ b\\u000d\\u000ac\\u009b\r\n')
  })

  test('keeps what was typed ahead for the next question', async () => {
    const { answer } = await ask('one\rtwo\r', async ({ askText, askPassword }) => [
      await askText('First'),
      await askPassword('Second'),
    ])
    expect(answer).toEqual(['one', 'two'])
  })
})

describe('ca init by questions', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mayfly-init-'))
  })

  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  test('asks in order for what the flags leave open', async () => {
    const { status, stdout, stderr } = await runCaptured(
      ['ca', 'init', '--deployment-type', 'Standalone', '--name', 'Demo', '--no-db'],
      {
        environment: { MAYFLYPATH: folder },
        typed: 'ca_1.internal\r\u0015ca.internal\r9443\r:8443\rme@internal\r\r\r',
      },
    )
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
    const questions = [
      'What DNS names or IP addresses will clients use to reach your CA?\n(e.g. ca.example.com[,10.1.2.3,etc.]): ',
      'ca_1.internal is not a valid DNS name or IP address',
      'What IP and port will your new CA bind to? (:443 will bind to 0.0.0.0:443)\n(e.g. :443 or 127.0.0.1:443): ',
      '9443 is not an TCP address; write :9443',
      "What would you like to name the CA's first provisioner?\n(e.g. you@smallstep.com): ",
      "Choose a password for your CA keys and first provisioner.\n[leave empty and we'll generate one]: ",
      'Store the generated password well: it is kept nowhere, and mayfly-ca and --password-file need it.\nPress Enter to keep this password, or edit it:\nPassword: ',
      'Generating root certificate... done!\nGenerating intermediate certificate... done!\n',
      `Your PKI is ready to go. To generate certificates for individual services see 'mayfly help ca'.\nStart the authority with: mayfly-ca ${folder}/config/ca.json\n`,
    ]
    const places = questions.map((question) => stderr.indexOf(question))
    expect(places).not.toContain(-1)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(stderr).toMatch(/✔\S* Password: [A-Za-z0-9]{32}\r\n/)
    const configuration = JSON.parse(await readFile(join(folder, 'config', 'ca.json'), 'utf8'))
    expect(configuration).toMatchObject({ address: ':8443', dnsNames: ['ca.internal'] })
    expect(configuration).not.toHaveProperty('db')
    const defaults = JSON.parse(await readFile(join(folder, 'config', 'defaults.json'), 'utf8'))
    expect(defaults['ca-url']).toBe('https://ca.internal:8443')
  })

  test('offers no deployment that it would then refuse without saying so', async () => {
    const { stderr } = await runCaptured(['ca', 'init'], {
      environment: { MAYFLYPATH: folder },
      typed: '\u001b[B\r',
    })
    expect(stderr.match(/ (Standalone|Linked|Hosted) - .*/g)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/ Linked - .* \(not offered yet\)$/),
        expect.stringMatching(/ Hosted - .* \(not offered yet\)$/),
        expect.stringMatching(/ Standalone - .* yourself$/),
      ]),
    )
    expect(stderr).toMatch(/\na linked deployment is not offered yet\n$/)
  })

  test('writes no control sequence where NO_COLOR is set, and the same with it empty as without', async () => {
    const init = (path: string, environment: Record<string, string>) =>
      runCaptured('ca init --pki --deployment-type standalone'.split(' '), {
        environment: { MAYFLYPATH: join(folder, path), ...environment },
        typed: 'Demo\rp4ssword\r',
      })
    const start = '\u001b'
    const plain = await init('plain', { NO_COLOR: '1' })
    expect(plain).toMatchObject({ status: 0 })
    expect(plain.stderr).not.toContain(start)
    expect(plain.stderr).toContain('✔ (e.g. Smallstep): Demo\r\n')
    expect(plain.stderr).toContain('✔ Root certificate: ')
    expect((await init('empty', { NO_COLOR: '' })).stderr).toContain(
      `${start}[32m${start}[32m✔${start}[0m ${start}[1mRoot certificate`,
    )
  })

  test('leaves nothing behind when the user stops it', async () => {
    const { status, stderr } = await runCaptured(['ca', 'init', '--name', 'Demo'], {
      environment: { MAYFLYPATH: join(folder, 'new') },
      typed: '\rca.internal\r\u0003',
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(/\^C\n$/)
    await expect(readFile(join(folder, 'new', 'config', 'ca.json'))).rejects.toThrow('ENOENT')
  })
})
