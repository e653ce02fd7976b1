import { type PostgresStoreOptions, parsePostgresDataSource } from '@mayfly/db-adapters/postgres'
import { describe, expect, test } from 'vitest'

const prefer = { verify: 'none', optional: true } as const

describe('parsePostgresDataSource', () => {
  test.each<[string, string | undefined, PostgresStoreOptions]>([
    ['postgresql://step:secret@db:5433/ca', undefined, remote({ password: 'secret' })],
    ['postgres://step:secret@db:5433/other', 'ca', remote({ password: 'secret' })],
    ['postgresql://step@db:5433/', 'ca', remote()],
    ['postgresql://step@db:5433', 'ca', remote()],
    ['postgresql://st%65p:p%40%2F%25@db:5433/ca', undefined, remote({ password: 'p@/%' })],
    ['postgresql://step:p@ss@db:5433/ca', undefined, remote({ password: 'p@ss' })],
    ['postgresql://step@[::1]:5433/ca', undefined, { ...remote(), host: '::1' }],
    [
      'postgresql://step@db/ca',
      undefined,
      { host: 'db', user: 'step', database: 'ca', tls: prefer },
    ],
    [
      'postgresql:///ca?host=/run/postgresql&user=step&password=x',
      undefined,
      { host: '/run/postgresql', user: 'step', password: 'x', database: 'ca' },
    ],
    ['postgresql://step@db:5433/ca?sslmode=disable', undefined, clear()],
    ['postgresql://step@db:5433/ca?sslmode=allow', undefined, remote()],
    [
      'postgresql://step@db:5433/ca?sslmode=require',
      undefined,
      remote({ tls: { verify: 'none' } }),
    ],
    [
      'postgresql://step@db:5433/ca?sslmode=require&sslrootcert=/r.crt',
      undefined,
      remote({ tls: { verify: 'chain', rootFile: '/r.crt' } }),
    ],
    [
      'postgresql://step@db:5433/ca?sslmode=verify-ca&sslrootcert=system',
      undefined,
      remote({ tls: { verify: 'chain' } }),
    ],
    [
      'postgresql://step@db:5433/ca?sslmode=verify-full&sslrootcert=/r.crt&sslcert=/c.crt&sslkey=/c.key',
      undefined,
      remote({
        tls: { verify: 'full', rootFile: '/r.crt', certificateFile: '/c.crt', keyFile: '/c.key' },
      }),
    ],
    [
      'postgresql://step@db:5433/ca?connect_timeout=7&application_name=step-ca',
      undefined,
      remote({ connectTimeoutMilliseconds: 7000 }),
    ],
    [
      `host=db port=5433  user=step password='it\\'s \\\\ a' dbname=ca sslmode=disable`,
      undefined,
      { ...clear(), password: `it's \\ a` },
    ],
    ['host = db port = 5433 user = step', 'ca', remote()],
  ])('reads %s with database %s', (dataSource, database, expected) => {
    expect(
      parsePostgresDataSource({ dataSource, ...(database === undefined ? {} : { database }) }),
    ).toEqual(expected)
  })

  test.each([
    ['postgresql://step:secret@db:5433/', /no database is named/],
    ['postgresql://:secret@db:5433/ca', /no user is named/],
    ['postgresql://step:secret@db:0/ca', /port/],
    ['postgresql://step:secret@db:x/ca', /port/],
    ['postgresql://step:secret@db1,db2/ca', /several hosts/],
    ['postgresql://step:secret%@db/ca', /%/],
    ['postgresql://step:secret@db/ca?sslmode=maybe', /sslmode=maybe/],
    ['postgresql://step:secret@db/ca?service=x', /parameter service is not supported/],
    ['postgresql://step:secret@db/ca?connect_timeout=soon', /connect_timeout/],
    ['step:secret@tcp(db)/ca', /neither a URL nor key=value/],
    [`host=db password='secret user=step`, /neither a URL nor key=value/],
    ['', /no user is named/],
    ['postgresql://step:pa?secret=x@db/ca', /no user is named/],
  ])('refuses %s without showing it', (dataSource, message) => {
    const parse = () => parsePostgresDataSource({ dataSource })
    expect(parse).toThrow(expect.objectContaining({ code: 'store_unsupported' }))
    expect(parse).toThrow(message)
    expect(parse).not.toThrow(/secret/)
  })
})

function remote(more: Partial<PostgresStoreOptions> = {}): PostgresStoreOptions {
  return { ...clear(), tls: prefer, ...more }
}

function clear(): PostgresStoreOptions {
  return { host: 'db', port: 5433, user: 'step', database: 'ca' }
}
