import { describe, expect, test } from 'vitest'
import {
  type AccessEntry,
  type AccessLogFormat,
  createAccessLog,
} from '../../src/log/access-log.ts'

const entry: AccessEntry = {
  requestId: 'd8279922-92f6-4620-acd9-c792b2850a7d',
  remoteAddress: '127.0.0.1',
  startedAt: new Date('2026-11-23T08:22:05.123Z'),
  durationNanoseconds: 3_488_527,
  method: 'POST',
  target: '/sign',
  protocol: 'HTTP/1.1',
  status: 201,
  size: 3357,
  referer: '',
  userAgent: 'Smallstep CLI/0.30.2 (linux/amd64)',
  fields: {
    serial: '136969',
    subject: 'svc.example.org',
    sans: { dns: ['svc.example.org', 'b'], ip: ['10.0.0.1'] },
    provisioner: 'admin (b4Nn)',
    reason: 'a "b"\n',
  },
}

function write(
  format: AccessLogFormat,
  change: Partial<AccessEntry> = {},
  withoutHealth = false,
): string {
  const lines: string[] = []
  const log = createAccessLog({
    format,
    withoutHealth,
    write: (line) => lines.push(line),
    now: () => new Date('2026-11-23T08:22:06.900Z'),
  })
  log({ ...entry, ...change })
  return lines.join('')
}

describe('the access log', () => {
  test('as JSON has step’s fields, sorted', () => {
    expect(write('json')).toBe(
      '{"duration":"3.488527ms","duration-ns":3488527,"fields.time":"2026-11-23T08:22:05Z","level":"info","method":"POST","msg":"","name":"ca","path":"/sign","protocol":"HTTP/1.1","provisioner":"admin (b4Nn)","reason":"a \\"b\\"\\n","referer":"","remote-address":"127.0.0.1","request-id":"d8279922-92f6-4620-acd9-c792b2850a7d","sans":{"dns":["svc.example.org","b"],"ip":["10.0.0.1"]},"serial":"136969","size":3357,"status":201,"subject":"svc.example.org","time":"2026-11-23T08:22:06Z","user-agent":"Smallstep CLI/0.30.2 (linux/amd64)","user-id":""}\n',
    )
  })

  test('as text quotes only what needs it', () => {
    expect(write('text', { target: '/health?limit=1', durationNanoseconds: 45_843 })).toBe(
      'time="2026-11-23T08:22:06Z" level=info duration="45.843µs" duration-ns=45843 fields.time="2026-11-23T08:22:05Z" method=POST name=ca path="/health?limit=1" protocol=HTTP/1.1 provisioner="admin (b4Nn)" reason="a \\"b\\"\\n" referer= remote-address=127.0.0.1 request-id=d8279922-92f6-4620-acd9-c792b2850a7d sans="map[dns:[svc.example.org b] ip:[10.0.0.1]]" serial=136969 size=3357 status=201 subject=svc.example.org user-agent="Smallstep CLI/0.30.2 (linux/amd64)" user-id=\n',
    )
  })

  test('in the common format has no more than the request', () => {
    expect(write('common')).toBe(
      'd8279922-92f6-4620-acd9-c792b2850a7d 127.0.0.1 ca - 2026-11-23T08:22:05Z 3.488527ms "POST /sign HTTP/1.1" 201 3357\n',
    )
  })

  test.each([
    { status: 200, level: 'info' },
    { status: 399, level: 'info' },
    { status: 400, level: 'warning' },
    { status: 499, level: 'warning' },
    { status: 500, level: 'error' },
  ])('has level $level at status $status', ({ status, level }) => {
    expect(JSON.parse(write('json', { status })).level).toBe(level)
  })

  test.each([
    { target: '/health', status: 200, written: false },
    { target: '/1.0/health?x', status: 200, written: false },
    { target: '/health', status: 405, written: true },
    { target: '/healthy', status: 200, written: true },
  ])('without health writes $target $status: $written', ({ target, status, written }) => {
    expect(write('text', { target, status }, true) !== '').toBe(written)
  })

  test('keeps one line a request, whatever the client sends', () => {
    const hostile = 'a\r\nb\u2028c\u0000'
    for (const format of ['json', 'text', 'common'] as const) {
      const line = write(format, { userAgent: hostile, target: `/x y"z\n`, method: 'P"' })
      expect(line.slice(0, -1)).not.toMatch(/[\r\n\u2028\0]/)
    }
  })
})

test.each(['json', 'text', 'common'] as const)(
  'as %s shows no terminal anything to obey',
  (format) => {
    const obeyed = '\u001b[2J\u007f\u009b31m\u202e\u{e0001}'
    const fields = { error: obeyed, subject: obeyed, reason: obeyed }
    const line = write(format, { userAgent: obeyed, referer: obeyed, target: `/${obeyed}`, fields })
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    if (format === 'json') expect(JSON.parse(line)['user-agent']).toBe(obeyed)
    if (format === 'text') expect(line).toContain('"\\x1b[2J\\x7f\\u009b31m\\u202e\\U000e0001"')
  },
)

test.each(['json', 'text'] as const)(
  'as %s has a certificate whole, though it may look like a token',
  (format) => {
    const certificate = 'MIIBeyJhbGciOiJFUzI1NiJ9'
    expect(write(format, { fields: { certificate } })).toContain(certificate)
    expect(write('text', { fields: { certificate: 'MII=' } })).toContain(' certificate="MII=" ')
  },
)

describe('secrets', () => {
  const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl'
  test.each([
    { target: `/${token}`, path: '/[redacted]' },
    { target: `/sign?ott=${token}`, path: '/sign?ott=[redacted]' },
    { target: '/x?password=hunter2&limit=7', path: '/x?password=[redacted]&limit=7' },
    { target: `/x?cursor=${token}`, path: '/x?cursor=[redacted]' },
    { target: `/${token.replaceAll('.', '%2E')}/y`, path: '/[redacted]/y' },
    { target: '/provisioners?cursor=2d84&limit=100', path: '/provisioners?cursor=2d84&limit=100' },
  ])('$path', ({ target, path }) => {
    expect(JSON.parse(write('json', { target })).path).toBe(path)
  })

  test('are cut out of what routes add', () => {
    const { error } = JSON.parse(write('json', { fields: { error: `bad token "${token}" here` } }))
    expect(error).toBe('bad token "[redacted]" here')
  })
})
