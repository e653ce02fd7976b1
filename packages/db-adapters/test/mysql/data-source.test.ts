import { type MysqlStoreOptions, parseMysqlDataSource } from '@mayfly/db-adapters/mysql'
import { describe, expect, test } from 'vitest'

describe('parseMysqlDataSource', () => {
  test.each<[string, string | undefined, MysqlStoreOptions]>([
    [
      'step:secret@tcp(db.internal:3307)/',
      'stepca',
      { host: 'db.internal', port: 3307, user: 'step', password: 'secret', database: 'stepca' },
    ],
    ['step:secret@tcp(127.0.0.1:3306)/ca', undefined, local({ password: 'secret' })],
    ['step:secret@tcp(127.0.0.1:3306)/other', 'ca', local({ password: 'secret' })],
    ['step@tcp(127.0.0.1:3306)/ca', undefined, local()],
    ['step:p@ss:w/o?rd@tcp(127.0.0.1:3306)/ca', undefined, local({ password: 'p@ss:w/o?rd' })],
    ['step:100%41@tcp(127.0.0.1:3306)/ca', undefined, local({ password: '100%41' })],
    ['step@/ca', undefined, { user: 'step', database: 'ca' }],
    ['step@tcp/ca', undefined, { user: 'step', database: 'ca' }],
    ['step@tcp([::1]:3306)/ca', undefined, { ...local(), host: '::1' }],
    ['step@tcp(db)/ca', undefined, { host: 'db', user: 'step', database: 'ca' }],
    [
      'step:a@unix(/run/mysqld/mysqld.sock)/ca',
      undefined,
      { host: '/run/mysqld/mysqld.sock', user: 'step', password: 'a', database: 'ca' },
    ],
    ['step@tcp(127.0.0.1:3306)/ca?parseTime=true&charset=utf8mb4&tls=false', undefined, local()],
    [
      'step@tcp(127.0.0.1:3306)/ca?tls=true&timeout=1m1.5s',
      undefined,
      local({ tls: { verify: 'full' }, connectTimeoutMilliseconds: 61_500 }),
    ],
    ['step@tcp(127.0.0.1:3306)/ca?tls=skip-verify', undefined, local({ tls: { verify: 'none' } })],
    [
      'step@tcp(127.0.0.1:3306)/ca?tls=preferred',
      undefined,
      local({ tls: { verify: 'none', optional: true } }),
    ],
    [
      'step@tcp(127.0.0.1:3306)/ca?tls=true&sslrootcert=/etc/r.crt&sslcert=/etc/c.crt&sslkey=%2Fetc%2Fc.key',
      undefined,
      local({
        tls: {
          verify: 'full',
          rootFile: '/etc/r.crt',
          certificateFile: '/etc/c.crt',
          keyFile: '/etc/c.key',
        },
      }),
    ],
  ])('reads %s with database %s', (dataSource, database, expected) => {
    expect(
      parseMysqlDataSource({ dataSource, ...(database === undefined ? {} : { database }) }),
    ).toEqual(expected)
  })

  test.each([
    ['step:secret@tcp(db:3306)', /not written as the address/],
    ['step:secret@tcp(db:3306)/', /no database is named/],
    [':secret@tcp(db:3306)/ca', /no user is named/],
    ['tcp(db:3306)/ca', /no user is named/],
    ['step:secret@tcp(db:99999)/ca', /port/],
    ['step:secret@tcp(db:3306/ca', /not written as the address/],
    ['step:secret@udp(db:3306)/ca', /udp is not supported/],
    ['step:secret@tcp(db:3306)/ca?tls=custom', /tls=custom is not supported/],
    ['step:secret@tcp(db:3306)/ca?sslcert=c.crt', /tls is off/],
    ['step:secret@tcp(db:3306)/ca?sql_mode=ANSI', /parameter sql_mode is not supported/],
    ['step:secret@tcp(db:3306)/ca?timeout=soon', /timeout/],
    ['step:secret@tcp(db:3306)/c%a', /%/],
  ])('refuses %s without showing it', (dataSource, message) => {
    const parse = () => parseMysqlDataSource({ dataSource })
    expect(parse).toThrow(expect.objectContaining({ code: 'store_unsupported' }))
    expect(parse).toThrow(message)
    expect(parse).not.toThrow(/secret/)
  })
})

function local(more: Partial<MysqlStoreOptions> = {}): MysqlStoreOptions {
  return { host: '127.0.0.1', port: 3306, user: 'step', database: 'ca', ...more }
}
