import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultLimits } from '../apps/ca-server/src/https/listener.ts'
import { findEndpoint } from '../apps/ca-server/src/routes/index.ts'
import { findOnPath, findProgram } from './support/found-program.ts'
import { root, runProgram } from './support/program.ts'

const analyze = findProgram('systemd-analyze')
const units = join(root, 'packaging/systemd')

describe.skipIf(analyze === undefined)('the systemd units', () => {
  let machine: string

  beforeAll(() => {
    machine = mkdtempSync(join(tmpdir(), 'mayfly-units-'))
    const [system, bin] = ['usr/lib/systemd/system', 'usr/bin']
    cpSync(join('/', system), join(machine, system), { recursive: true, verbatimSymlinks: true })
    cpSync(units, join(machine, 'etc/systemd/system'), { recursive: true })
    for (const folder of [bin, 'bin']) mkdirSync(join(machine, folder), { recursive: true })
    for (const name of ['usr/bin/mayfly', 'usr/bin/mayfly-ca', 'usr/bin/systemctl', 'bin/kill']) {
      writeFileSync(join(machine, name), '#!/bin/sh\n', { mode: 0o755 })
    }
  })

  afterAll(() => {
    rmSync(machine, { recursive: true, force: true })
  })

  test.each(readdirSync(units).map((name) => name.replace('@.', '@nginx.')))(
    '%s is in order',
    async (unit) => {
      const judged = await runProgram('systemd-analyze', ['verify', `--root=${machine}`, unit])
      expect(judged).toEqual({ status: 0, stdout: '', stderr: '' })
    },
  )

  test('the judge finds what is wrong with a unit', async () => {
    const unit = join(machine, 'etc/systemd/system/broken.service')
    writeFileSync(unit, '[Service]\nExecStart=/usr/bin/nowhere\nUsr=mayfly\n')
    const judged = await runProgram('systemd-analyze', ['verify', `--root=${machine}`, unit])
    expect(judged.stderr).toContain("Unknown key 'Usr'")
    expect(judged.stderr).toContain('/usr/bin/nowhere is not executable')
  })

  test('the CA is started again until its database is there, however long that takes', () => {
    const text = readFileSync(join(units, 'mayfly-ca.service'), 'utf8')
    expect(text).toMatch(/^Restart=on-failure\nRestartSec=5$/m)
    expect(text).toMatch(/^StartLimitIntervalSec=0$/m)
  })

  test('the CA is sandboxed as far as Node lets it be', async () => {
    const words = ['security', '--offline=yes', '--threshold=20', `--root=${machine}`]
    const judged = await runProgram('systemd-analyze', [...words, 'mayfly-ca.service'])
    expect(judged.status, judged.stdout).toBe(0)
  })
})

test('the cron line has a user, a path and a command that exists', () => {
  const file = readFileSync(join(root, 'packaging/cron/mayfly-renew'), 'utf8')
  const line = file.split('\n').find((each) => /^[*\d]/.test(each)) ?? ''
  expect(line).toMatch(
    /^\*\/5( \*){4} mayfly mayfly ca renew --force --expires-in 4h \S+\.crt \S+\.key$/,
  )
  expect(file).toMatch(/^PATH=/m)
  expect(file.endsWith('\n')).toBe(true)
})

const drainSeconds = defaultLimits.drainMilliseconds / 1000

describe.skipIf(findOnPath('docker') === undefined)('compose.yaml', () => {
  test('is in order', async () => {
    const file = join(root, 'packaging/compose.yaml')
    const judged = await runProgram('docker', ['stack', 'config', '--compose-file', file])
    expect(judged).toMatchObject({ status: 0, stderr: '' })
    const [, grace] = /stop_grace_period: (\d+)s/.exec(readFileSync(file, 'utf8')) ?? []
    expect(Number(grace)).toBeGreaterThan(drainSeconds)
  })

  test('the judge finds what is wrong with it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mayfly-compose-'))
    const file = join(folder, 'compose.yaml')
    const text = readFileSync(join(root, 'packaging/compose.yaml'), 'utf8')
    writeFileSync(file, text.replace('healthcheck:', 'healthchek:'))
    const judged = await runProgram('docker', ['stack', 'config', '--compose-file', file])
    expect(judged.status).toBe(1)
    expect(judged.stderr).toContain('Additional property healthchek is not allowed')
    rmSync(folder, { recursive: true })
  })
})

test('compose.yaml gives the instances the addresses that haproxy.cfg names', () => {
  const addresses = (file: string, pattern: RegExp): readonly (string | undefined)[] => {
    const text = readFileSync(join(root, 'packaging', file), 'utf8')
    return [...new Set([...text.matchAll(pattern)].map(([, at]) => at))]
  }
  const named = addresses('haproxy/haproxy.cfg', /server ca-\d (\S+):443/g)
  expect(named).toHaveLength(3)
  expect(addresses('compose.yaml', /ipv4_address: (\S+)/g)).toEqual(
    expect.arrayContaining([...named]),
  )
})

test.each(['ca-server', 'cli'])(
  'the Dockerfile takes the bundle of %s, and calls it by its names',
  (app) => {
    const text = readFileSync(join(root, 'packaging/Dockerfile'), 'utf8')
    const { bin } = JSON.parse(readFileSync(join(root, 'apps', app, 'package.json'), 'utf8'))
    expect(text).toContain(`COPY apps/${app}/dist /opt/mayfly/${app}\n`)
    for (const [name, path] of Object.entries(bin)) {
      const place = String(path).replace('./dist', `/opt/mayfly/${app}`)
      expect(text).toContain(`ln -s ${place} /usr/local/bin/${name}`)
    }
  },
)

describe.skipIf(findOnPath('kubectl') === undefined)('the Kubernetes manifests', () => {
  const folder = join(root, 'packaging/kubernetes')
  const environment = { KUBECONFIG: '/dev/null' }
  const kubectl = (...words: string[]) => runProgram('kubectl', words, { environment })
  const files = readdirSync(folder).filter((name) => name !== 'kustomization.yaml')

  /** Reads a manifest as its kind. */
  async function decode(name: string): Promise<unknown> {
    const words = ['patch', '--local', '--filename', join(folder, name), '--patch', '{}']
    const judged = await kubectl(...words, '--output', 'json')
    expect(judged).toMatchObject({ status: 0, stderr: '' })
    return JSON.parse(judged.stdout)
  }

  test('make one whole', async () => {
    const { status, stdout } = await kubectl('kustomize', folder)
    expect(status).toBe(0)
    expect(stdout.match(/^kind: .+$/gm)).toHaveLength(files.length)
    expect(stdout).toContain('image: registry.internal/mayfly:local')
  })

  test.each(files)('%s is what its kind may be', async (name) => {
    await decode(name)
  })

  test('the Deployment has no member that its kind does not know', async () => {
    const path = join(folder, 'deployment.yaml')
    const words = ['set', 'image', '--local', '--filename', path, 'mayfly-ca=another']
    const { stdout } = await kubectl(...words, '--output', 'json')
    // What is unknown would be lost on the way.
    const known = stdout.replace('"image": "another"', '"image": "mayfly"')
    expect(JSON.parse(known)).toMatchObject(Object(await decode('deployment.yaml')))
  })

  test('fit each other and the server', async () => {
    const labels = { 'app.kubernetes.io/name': 'mayfly-ca' }
    const pauseSeconds = 5
    const container = {
      lifecycle: { preStop: { exec: { command: ['sleep', String(pauseSeconds)] } } },
      livenessProbe: probeOf('/health/live'),
      readinessProbe: probeOf('/health/ready'),
      startupProbe: probeOf('/health/live'),
    }
    expect(await decode('deployment.yaml')).toMatchObject({
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: pauseSeconds + drainSeconds + 10,
            containers: [container],
          },
        },
      },
    })
    expect(await decode('service.yaml')).toMatchObject({ spec: { selector: labels } })
    expect(await decode('pod-disruption-budget.yaml')).toMatchObject({
      spec: { minAvailable: 2, selector: { matchLabels: labels } },
    })
    expect(await decode('network-policy.yaml')).toMatchObject({
      spec: { podSelector: { matchLabels: labels } },
    })
  })

  function probeOf(path: string): Readonly<Record<string, unknown>> {
    expect(findEndpoint(path)?.endpoint.method).toBe('GET')
    // A database that does not answer is waited for two seconds.
    return { httpGet: { scheme: 'HTTPS', port: 'https', path }, timeoutSeconds: 3 }
  }
})
