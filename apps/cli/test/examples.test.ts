import { execFile } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandTree } from '../src/commands/index.ts'
import type { CommandGroup } from '../src/framework/command-tree.ts'
import {
  findFreePort,
  type RunningAuthority,
  startAuthority,
} from './support/certificate-authority.ts'
import { start } from './support/daemon-process.ts'
import { inheritedEnvironment } from './support/inherited-environment.ts'
import { mainPath } from './support/pseudo-terminal.ts'

const execute = promisify(execFile)

/** These change the machine's trust store; their parts are tested on a folder that stands for its root. */
const changesMachine: ReadonlySet<string> = new Set([
  'certificate install',
  'certificate uninstall',
])
const examples = (await listExamples(commandTree)).filter(
  ([command]) => !changesMachine.has(command),
)

let folder: string
let authority: RunningAuthority
/** What stands in the help pages, and what it is here. */
let places: readonly (readonly [shown: string, real: string])[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayfly-examples-'))
  await mkdir(join(folder, 'files'))
  await writeFile(
    join(folder, 'mayfly'),
    `#!/bin/sh\nexec '${process.execPath}' '${mainPath}' "$@"\n`,
  )
  await chmod(join(folder, 'mayfly'), 0o755)
  const port = await findFreePort()
  const cwd = join(folder, 'files')
  const home = join(folder, 'home')
  const shell = (line: string) => runShell(line, { cwd, home })
  await shell(
    `echo p4ssword > password.txt; cp password.txt old.txt; echo other > new.txt
    mayfly ca init --name Demo --provisioner admin --dns localhost --address 127.0.0.1:${port} --password-file password.txt
    cp $MAYFLYPATH/certs/root_ca.crt .
    cp $MAYFLYPATH/certs/intermediate_ca.crt .
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -subj /CN=CA -addext keyUsage=critical,keyCertSign,cRLSign -out ca.crt
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout csr.key -subj /CN=foo.local -addext subjectAltName=DNS:foo.local -out foo.csr`,
  )
  authority = await startAuthority(
    [join(home, 'config', 'ca.json'), '--password-file', 'password.txt'],
    { environment: { HOME: folder }, cwd },
  )
  await shell(
    `mayfly ca certificate foo.local foo.crt foo.key --password-file password.txt
    mayfly crypto key public foo.key --out foo.pub
    mayfly crypto jwk create one.json one.key.json --kid one
    mayfly crypto jwk keyset add keys.json < one.json
    echo hello > foo.txt`,
  )
  const configuration = JSON.parse(await readFile(join(home, 'config', 'ca.json'), 'utf8'))
  const provisionerKey = configuration.authority.provisioners[0].key
  await writeFile(
    join(cwd, 'renewals.json'),
    JSON.stringify({ renewals: [{ certificate: 'foo.crt', key: 'foo.key' }] }),
  )
  await writeFile(join(cwd, 'p.json'), JSON.stringify(provisionerKey))
  await writeFile(
    join(cwd, 'leaf.tpl'),
    '{"subject": {"commonName": {{ toJson .Subject.CommonName }}, "organizationalUnit": "{{ .Insecure.User.team }}"}, "sans": {{ toJson .SANs }}}',
  )
  await shell('mayfly db backup ca.backup')
  await mkdir(join(cwd, 'new'))
  await writeFile(
    join(cwd, 'new', 'ca.json'),
    JSON.stringify({ ...configuration, db: { type: 'sqlite', dataSource: 'new/ca.sqlite' } }),
  )
  const defaults = JSON.parse(await readFile(join(home, 'config', 'defaults.json'), 'utf8'))
  places = [
    ['1234', provisionerKey.kid],
    ['https://ca.internal', `https://localhost:${port}`],
    ['0d7d3834cf187726cf331c40a31aa7ef6b29ba4df601416c9788f6ee01058cf3', defaults.fingerprint],
  ]
}, 60_000)

afterAll(async () => {
  await authority[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

test.each(examples)(
  'the example of a help page works: mayfly %s',
  async (command, line) => {
    const own = await mkdtemp(join(folder, 'example-'))
    const [cwd, home] = [join(own, 'files'), join(own, 'home')]
    await cp(join(folder, 'files'), cwd, { recursive: true })
    if (!makesHome.has(command)) await cp(join(folder, 'home'), home, { recursive: true })
    if (/token/i.test(line)) await runShell('mayfly ca token foo.local > token', { cwd, home })
    // The copy is changed, not the configuration that defaults.json names and the server goes by.
    if (command.startsWith('ca provisioner')) await moveHome('defaults.json', home)
    if (command.startsWith('ca config')) await shareConfiguration(command, { cwd, home })
    if (command === 'db import') await placeHistory(home)
    if (command.startsWith('context ')) await makeContexts(home)
    if (command === 'ca provisioner remove') {
      await runShell('mayfly ca provisioner add acme --type ACME', { cwd, home })
    }
    for (const [start, names] of makes) {
      if (line.startsWith(start)) for (const name of names) await rm(join(cwd, name))
    }
    const real = [...places, ['/etc/step-ca', home] as const].reduce(
      (text, [shown, there]) => text.replaceAll(shown, there),
      line,
    )
    if (line.includes('--daemon')) {
      expect(await runDaemon(real, { cwd, home })).toMatchObject({ status: 0 })
      return
    }
    if (command === 'ca renewals') await leaveStatus({ cwd, home })
    // A password file named by the environment contradicts the flag.
    const unset = line.includes('--no-password') ? 'unset MAYFLY_PASSWORD_FILE; ' : ''
    const told = runShell(`test ! -e token || TOKEN=$(cat token); ${unset}${real}`, { cwd, home })
    await expect(told).resolves.toBeDefined()
  },
  30_000,
)

/** Lets a file of a copied home name the copy. */
async function moveHome(
  file: string,
  home: string,
  former: string = join(folder, 'home'),
): Promise<void> {
  const path = join(home, 'config', file)
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replaceAll(`${former}/`, `${home}/`))
}

/** Takes a home whose configuration is shared, with one revision or two, and a file to import. */
async function shareConfiguration(command: string, { cwd, home }: Place): Promise<void> {
  if (command === 'ca config key') {
    for (const file of configurationFiles) await moveHome(file, home)
    return
  }
  const shared = await sharedHome(command === 'ca config import' ? 1 : 2)
  await writeFile(join(cwd, 'shared.json'), JSON.stringify(otherDocument))
  await rm(home, { recursive: true })
  await cp(shared, home, { recursive: true })
  for (const file of configurationFiles) await moveHome(file, home, shared)
}

const configurationFiles = ['defaults.json', 'ca.json']
const otherDocument = {
  authority: {
    provisioners: [{ type: 'ACME', name: 'acme' }],
    claims: { maxTLSCertDuration: '48h0m0s' },
  },
}
const sharedHomes = new Map<number, Promise<string>>()

/** Each is made once. */
function sharedHome(revisions: 1 | 2): Promise<string> {
  const made = sharedHomes.get(revisions) ?? makeSharedHome(revisions)
  sharedHomes.set(revisions, made)
  return made
}

async function makeSharedHome(revisions: 1 | 2): Promise<string> {
  const home = join(folder, `shared-${revisions}`)
  const former = revisions === 1 ? join(folder, 'home') : await sharedHome(1)
  await cp(former, home, { recursive: true })
  for (const file of configurationFiles) await moveHome(file, home, former)
  const cwd = join(folder, 'files')
  const signed = '--configuration-password-file password.txt'
  await writeFile(join(cwd, 'shared.json'), JSON.stringify(otherDocument))
  const file = revisions === 1 ? '' : 'shared.json'
  await runShell(`mayfly ca config import ${file} ${signed}`, { cwd, home })
  return home
}

/** Puts what a step-ca has left into the place of the database. */
async function placeHistory(home: string): Promise<void> {
  const folder = join(home, 'history')
  await mkdir(folder)
  for (const file of await readdir(history)) {
    const octets = await readFile(join(history, file))
    await writeFile(join(folder, basename(file, '.gz')), gunzipSync(octets))
  }
  const path = join(home, 'config', 'ca.json')
  const configuration = JSON.parse(await readFile(path, 'utf8'))
  const db = { type: 'badgerv2', dataSource: folder }
  await writeFile(path, JSON.stringify({ ...configuration, db }))
  await moveHome('defaults.json', home)
}

const history = fileURLToPath(
  new URL('../../../packages/db-adapters/test/step-ca/vectors/badger-step-ca', import.meta.url),
)

async function makeContexts(home: string): Promise<void> {
  const [one, other] = ['one', 'other'].map((name) => ({ authority: name, profile: name }))
  await writeFile(join(home, 'contexts.json'), JSON.stringify({ one, other }))
  await writeFile(join(home, 'current-context.json'), JSON.stringify({ context: 'one' }))
}

interface Place {
  readonly cwd: string
  readonly home: string
}

function runShell(line: string, place: Place) {
  return execute('sh', ['-ec', line], { cwd: place.cwd, env: environmentOf(place) })
}

/** Runs a daemon until it has said when it will renew. */
async function runDaemon(line: string, place: Place) {
  const daemon = start('sh', ['-ec', `exec ${line}`], {
    cwd: place.cwd,
    environment: environmentOf(place),
  })
  await daemon.told(/first renewal in/)
  return await daemon.end()
}

/** Stands for a daemon that runs: this process has left its status. */
async function leaveStatus({ cwd }: Place): Promise<void> {
  const status = { pid: process.pid, writtenAt: new Date().toISOString(), certificates: [] }
  await writeFile(join(cwd, 'renewals.status.json'), JSON.stringify(status))
}

function environmentOf({ home }: Place): Record<string, string> {
  return {
    ...inheritedEnvironment,
    PATH: `${folder}:${process.env.PATH}`,
    HOME: folder,
    MAYFLYPATH: home,
    MAYFLY_PASSWORD_FILE: 'password.txt',
  }
}

/** Each line behind a `$ `, with what continues it; `h` is `help` again. */
async function listExamples(
  group: CommandGroup,
  path = '',
): Promise<(readonly [command: string, line: string])[]> {
  const found = Object.entries(group.members).map(async ([name, member]) => {
    const command = `${path}${name}`
    if (!('load' in member)) return await listExamples(member, `${command} `)
    const { example } = await member.load()
    const lines = example.split(/^\$ /m).filter((line) => line !== '')
    return name === 'h' ? [] : lines.map((line) => [command, line] as const)
  })
  return (await Promise.all(found)).flat()
}

/** The files that an example makes and that may not be there before. */
const makes: readonly (readonly [start: string, names: readonly string[]])[] = [
  ['mayfly ca certificate', ['foo.crt', 'foo.key']],
  ['mayfly ca sign', ['foo.crt']],
  ['mayfly ca root ', ['root_ca.crt']],
  ['mayfly crypto keypair', ['foo.key', 'foo.pub']],
  ['mayfly db backup', ['ca.backup']],
]

const makesHome: ReadonlySet<string> = new Set(['ca init', 'ca bootstrap'])
