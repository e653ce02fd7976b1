import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandTree } from '../src/commands/index.ts'
import { type CompletionSources, completeWords } from '../src/completion/complete-words.ts'
import { completionScripts } from '../src/completion/shell-scripts.ts'
import { startAnsweringAuthority } from './support/answering-authority.ts'
import { runCaptured } from './support/captured-io.ts'
import { inheritedEnvironment } from './support/inherited-environment.ts'
import { mainPath } from './support/pseudo-terminal.ts'

const execute = promisify(execFile)

const sources: CompletionSources = {
  provisioners: async () => ['admin', 'acme'],
  contexts: () => ['one', 'two'],
}

async function complete(...words: readonly string[]) {
  return await completeWords(commandTree, words, sources)
}

describe('completeWords', () => {
  test.each([
    { words: ['ver'], candidates: ['version'] },
    { words: ['crypto', 'jw'], candidates: ['jwk', 'jwt', 'jwe', 'jws'] },
    { words: ['crypto', 'jwk', 'key'], candidates: ['keyset'] },
    { words: ['help', 'crypto', 'jwk', 'th'], candidates: ['thumbprint'] },
    { words: ['crypto', 'keypair', '--kty', ''], candidates: ['EC', 'OKP', 'RSA'] },
    { words: ['crypto', 'keypair', '--kty', 'E'], candidates: ['EC'] },
    { words: ['crypto', 'keypair', '--kty=E'], candidates: ['--kty=EC'] },
    { words: ['crypto', 'keypair', '-kty=E'], candidates: ['-kty=EC'] },
    { words: ['crypto', 'keypair', 'a', 'b', '--crv', 'Ed'], candidates: ['Ed25519'] },
    { words: ['crypto', 'keypair', '--no-p'], candidates: ['--no-password'] },
    { words: ['crypto', 'keypair', '--no-password', '--no-p'], candidates: [] },
    { words: ['crypto', 'keypair', '--force=f'], candidates: ['--force=false'] },
    { words: ['ca', 'token', 'foo', '--provisioner', 'a'], candidates: ['admin', 'acme'] },
    { words: ['ca', 'token', 'foo', '--issuer', 'ad'], candidates: ['admin'] },
    { words: ['ca', 'token', 'foo', '--issuer=ad'], candidates: ['--issuer=admin'] },
    { words: ['ca', 'health', '--context', ''], candidates: ['one', 'two'] },
    { words: ['ca', 'provisioner', 'remove', 'ac'], candidates: ['acme'] },
    { words: ['certificate', 'create', '--profile', 'le'], candidates: ['leaf'] },
    { words: ['certificate', 'inspect', '--roots', ''], candidates: [], files: true },
    { words: ['context', 'select', 't'], candidates: ['two'] },
    { words: ['completion', ''], candidates: ['bash', 'zsh', 'fish'] },
    { words: ['--ver'], candidates: ['--version'] },
    { words: ['--config', 'x.json', 'vers'], candidates: ['version'] },
    { words: ['ca', '-'], candidates: ['--help'] },
    { words: ['nothing', ''], candidates: [] },
    { words: ['crypto', 'keypair', '--size', ''], candidates: [] },
    { words: ['crypto', 'keypair', '--bogus=', ''], candidates: [], files: true },
    { words: ['version', ''], candidates: [], files: true },
    { words: ['crypto', 'rand', '--dictionary', ''], candidates: [], files: true },
    { words: ['crypto', 'rand', '--dictionary='], candidates: [], files: true },
    { words: ['certificate', 'inspect', 'fo'], candidates: [], files: true },
    { words: ['certificate', 'inspect', '--', '--kty'], candidates: [], files: true },
    { words: ['--config', ''], candidates: [], files: true },
    { words: ['ca', 'health', ''], candidates: [], files: false },
  ])('completes $words to $candidates', async ({ words, candidates, files = false }) => {
    expect(await complete(...words)).toEqual({ candidates, files })
  })

  test('offers each command of the first level but the short names, and nothing hidden', async () => {
    const { candidates } = await complete('')
    expect(candidates).toEqual(expect.arrayContaining(['ca', 'certificate', 'crypto', 'help']))
    expect(candidates.filter((name) => name.length < 2)).toEqual([])
    const flags = await complete('crypto', 'jwt', 'verify', '--')
    expect(flags.candidates).toContain('--iss')
    expect(flags.candidates).not.toContain('--subtle')
  })
})

describe('mayfly __complete', () => {
  let home: string

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'mayfly-complete-'))
    await mkdir(join(home, 'config'))
  })

  afterAll(async () => {
    await rm(home, { recursive: true })
  })

  test.each([
    {
      text: '{"authority":{"provisioners":[{"name":"a b"},{"name":"admin"},{}]}}',
      shown: 'admin\n',
    },
    {
      text: listing('me@example.com', 'a+b_c.d-e/f:g=h,i', 'Zürich'),
      shown: 'me@example.com\na+b_c.d-e/f:g=h,i\nZürich\n',
    },
    { text: listing(...namesForNoShell), shown: '' },
    { text: '{"authority":null}', shown: '' },
    { text: '{', shown: '' },
  ])(
    'reads the provisioners of $text, and is silent about what is wrong',
    async ({ text, shown }) => {
      await writeFile(join(home, 'config', 'ca.json'), text)
      const words = ['__complete', 'ca', 'token', '--provisioner', '']
      const outcome = await runCaptured(words, { environment: { MAYFLYPATH: home } })
      expect(outcome).toEqual({ status: 0, stdout: shown, stderr: '' })
    },
  )

  test('asks the CA where there is no ca.json, and takes no name that a shell would obey', async () => {
    await using authority = await startAnsweringAuthority()
    const elsewhere = join(home, 'elsewhere')
    await authority.writeHome(elsewhere)
    const names = ['admin', ...namesForNoShell]
    const provisioners = names.map((name) => ({ type: 'JWK', name }))
    authority.on('GET /provisioners?limit=100', { provisioners, nextCursor: '' })
    const words = ['__complete', 'ca', 'token', '--provisioner', '']
    const outcome = await runCaptured(words, { environment: { MAYFLYPATH: elsewhere } })
    expect(outcome).toEqual({ status: 0, stdout: 'admin\n', stderr: '' })
    authority.requests.length = 0
    await runCaptured(['__complete', 'ca', 'token', '--'], {
      environment: { MAYFLYPATH: elsewhere },
    })
    expect(authority.requests).toEqual([])
  })

  test.each([
    { words: ['ca', 'token', '--provisioner', ''], shown: 'of-one\n' },
    { words: ['ca', 'token', '--context', 'two', '--provisioner', ''], shown: 'of-two\n' },
    { words: ['ca', 'token', '--context=two', '--provisioner', ''], shown: 'of-two\n' },
    { words: ['ca', 'token', '--ca-config', 'three.json', '--issuer', ''], shown: 'of-three\n' },
    { words: ['ca', 'token', '--context', 'none', '--provisioner', ''], shown: '' },
    { words: ['ca', 'token', '--provisioner', ''], context: 'two', shown: 'of-two\n' },
    { words: ['ca', 'token', '--ca-url', 'https://127.0.0.1:1', '--issuer', ''], shown: '' },
  ])('knows of which CA the line of $words is', async ({ words, context, shown }) => {
    const several = await mkdtemp(join(home, 'several-'))
    const entries = { one: entryOf('one'), two: entryOf('two') }
    await writeFile(join(several, 'contexts.json'), JSON.stringify(entries))
    await writeFile(join(several, 'current-context.json'), '{"context":"one"}')
    for (const name of ['one', 'two']) {
      const folder = join(several, 'authorities', name, 'config')
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'ca.json'), listing(`of-${name}`))
    }
    await writeFile(join(several, 'three.json'), listing('of-three'))
    const line = words.map((word) => (word === 'three.json' ? join(several, word) : word))
    const environment = { MAYFLYPATH: several, ...(context && { MAYFLY_CONTEXT: context }) }
    const outcome = await runCaptured(['__complete', ...line], { environment })
    expect(outcome).toEqual({ status: 0, stdout: shown, stderr: '' })
  })

  test('is silent about a CA that does not answer', async () => {
    await using authority = await startAnsweringAuthority()
    await using silent = createServer().listen(0, '127.0.0.1')
    const accepted = once(silent, 'connection')
    await once(silent, 'listening')
    const deaf = join(home, 'deaf')
    await authority.writeHome(deaf)
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const defaults = { 'ca-url': `https://127.0.0.1:${port}` }
    await writeFile(join(deaf, 'config', 'defaults.json'), JSON.stringify(defaults))
    const words = ['__complete', 'ca', 'token', '--provisioner', '']
    const outcome = await runCaptured(words, { environment: { MAYFLYPATH: deaf } })
    expect(outcome).toEqual({ status: 0, stdout: '', stderr: '' })
    const [connection] = await accepted
    connection.destroy()
  })

  test('reads the contexts, but for names that a shell would obey', async () => {
    const context = { authority: 'a', profile: 'p' }
    const names = ['one', 'ca.internal', ...namesForNoShell]
    await writeFile(
      join(home, 'contexts.json'),
      JSON.stringify(Object.fromEntries(names.map((name) => [name, context]))),
    )
    const outcome = await runCaptured(['__complete', 'context', 'select', ''], {
      environment: { MAYFLYPATH: home },
    })
    expect(outcome.stdout).toBe('ca.internal\none\n')
  })
})

/** Names that a shell would obey, expand or take apart, or that a terminal shows as another. */
const namesForNoShell = [
  ...['$(id)', '`id`', 'a;id', 'a|id', 'a&id', '>x', 'a\\b', "a'b", 'a"b', '!!', 'a*', '{a,b}'],
  ...[
    '~root',
    '#a',
    '=ls',
    '--force',
    '-f',
    ':files',
    '',
    'a\tb',
    'a\nb',
    'a\u001b[2J',
    'a\u202eb',
    'a\u200bb',
  ],
]

function entryOf(name: string) {
  return { authority: name, profile: name }
}

function listing(...names: readonly string[]): string {
  return JSON.stringify({ authority: { provisioners: names.map((name) => ({ name })) } })
}

describe('the scripts', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mayfly-shells-'))
    await writeFile(
      join(folder, 'mayfly'),
      `#!/bin/sh\nexec '${process.execPath}' '${mainPath}' "$@"\n`,
    )
    await chmod(join(folder, 'mayfly'), 0o755)
    for (const [shell, script] of completionScripts) await writeFile(join(folder, shell), script)
    await writeFile(join(folder, 'foo bar.crt'), '')
    await writeFile(join(folder, 'foo.key'), '')
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  test.each([
    { line: 'mayfly versi', replies: ['version'] },
    { line: 'mayfly crypto jwk ', replies: ['create', 'keyset', 'public', 'thumbprint'] },
    { line: 'mayfly crypto keypair --kty ', replies: ['EC', 'OKP', 'RSA'] },
    { line: 'mayfly crypto keypair --kty=E', replies: ['EC'] },
    { line: 'mayfly certificate inspect fo', replies: ['foo bar.crt', 'foo.key'] },
    { line: 'mayfly crypto rand --dictionary=foo.', replies: ['foo.key'] },
    { line: 'mayfly nothing ', replies: [] },
  ])('bash completes "$line"', async ({ line, replies }) => {
    const probe = `set -eu; source ./bash; COMP_LINE="$1"; COMP_POINT=\${#COMP_LINE}; COMP_TYPE=9
COMP_WORDS=($COMP_LINE); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _mayfly_complete
if [ \${#COMPREPLY[@]} -gt 0 ]; then printf '%s\\n' "\${COMPREPLY[@]}"; fi`
    const { stdout, stderr } = await execute('bash', ['-c', probe, 'bash', line], {
      cwd: folder,
      env: { ...inheritedEnvironment, PATH: `${folder}:${process.env.PATH}`, HOME: folder },
    })
    expect(stderr).toBe('')
    expect(
      stdout
        .split('\n')
        .filter((each) => each !== '')
        .toSorted(),
    ).toEqual(replies)
  })

  test.for([
    { line: 'mayfly versi', replies: ['version'] },
    { line: 'mayfly crypto keypair --kty ', replies: ['EC', 'OKP', 'RSA'] },
    { line: 'mayfly crypto keypair --kty=E', replies: ['--kty=EC'] },
    { line: 'mayfly certificate inspect fo', replies: ['foo bar.crt', 'foo.key'] },
    { line: 'mayfly crypto rand --dictionary=foo.', replies: ['--dictionary=foo.key'] },
    { line: 'mayfly nothing ', replies: [] },
  ])('fish completes "$line"', async ({ line, replies }, { skip }) => {
    const probe = ['--no-config', '-c', 'source ./fish; complete -C $argv[1]', line]
    const told = execute('fish', probe, {
      cwd: folder,
      env: { ...inheritedEnvironment, PATH: `${folder}:${process.env.PATH}`, HOME: folder },
    })
    const { stdout, stderr } = await told.catch(skipIfMissing('fish', skip))
    expect(stderr).toBe('')
    const words = stdout.split('\n').map((shown) => shown.split('\t')[0])
    expect(words.filter((each) => each !== '').toSorted()).toEqual(replies)
  })

  test.for([...completionScripts.keys()])('%s accepts its script', async (shell, { skip }) => {
    await execute(shell, ['-n', join(folder, shell)]).catch(skipIfMissing(shell, skip))
  })

  test('there is none for another shell', async () => {
    const outcome = await runCaptured(['completion', 'powershell'])
    expect(outcome).toEqual({ status: 1, stdout: '', stderr: 'unsupported shell powershell\n' })
  })
})

function skipIfMissing(shell: string, skip: (note: string) => void): (error: unknown) => never {
  return (error) => {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing) skip(`there is no ${shell}`)
    throw error
  }
}
