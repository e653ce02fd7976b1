import {
  chooseDatabase,
  type DataSource,
  dataSourceError,
  decodePercent,
  parsePort,
} from '../server-store/data-source.ts'
import type { ServerTls } from '../server-store/server-options.ts'
import type { PostgresStoreOptions } from './postgres-store.ts'

/**
 * Reads the `db` block of type `postgresql` as step-ca writes it: `postgresql://user:password@host:port/database?parameters`,
 * or libpq's `key=value` pairs (PostgreSQL manual, "Connection Strings"). `sslmode` means what it means there, and is
 * `prefer` by default.
 *
 * @throws {StoreError} `store_unsupported`, which never shows the data source.
 */
export function parsePostgresDataSource({
  dataSource,
  database,
}: DataSource): PostgresStoreOptions {
  const isUrl = /^postgres(ql)?:\/\//.test(dataSource)
  const settings = isUrl ? parseUrl(dataSource) : parsePairs(dataSource)
  const user = settings.get('user')
  // First: with a ? in its password, a URL has no user, and part of the password would be named below.
  if (!user) throw dataSourceError('no user is named', form)
  for (const name of settings.keys()) {
    if (known.has(name) || ignored.has(name)) continue
    throw dataSourceError(`the parameter ${name} is not supported`, 'leave it out')
  }
  const host = settings.get('host')
  if (host?.includes(',')) throw dataSourceError('several hosts are named', 'name the primary')
  const port = settings.get('port')
  const password = settings.get('password')
  const tls = parseTls(settings, host)
  const timeout = settings.get('connect_timeout')
  return {
    ...(host ? { host } : {}),
    ...(port ? { port: parsePort(port) } : {}),
    user,
    ...(password ? { password } : {}),
    database: chooseDatabase(database, settings.get('dbname') ?? settings.get('database')),
    ...(tls === undefined ? {} : { tls }),
    ...(timeout ? { connectTimeoutMilliseconds: parseSeconds(timeout) } : {}),
  }
}

const form = 'write postgresql://user:password@host:port/database'

type Settings = ReadonlyMap<string, string>

function parseUrl(text: string): Settings {
  // The URL class would refuse several hosts, and say so with the whole text.
  const match = /^[a-z]+:\/\/(?:([^/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(text)
  if (match === null) throw dataSourceError('the URL is not readable', form)
  const [, credentials = '', address = '', name = '', query = ''] = match
  const [, user = '', password] = /^([^:]*)(?::(.*))?$/.exec(credentials) ?? []
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(address) ?? []
  if (host === '' && address !== '' && port === undefined) {
    throw dataSourceError('the host is not readable', form)
  }
  const parts: readonly [string, string | undefined][] = [
    ['user', user],
    ['password', password],
    ['host', host.replace(/^\[|\]$/g, '')],
    ['port', port],
    ['dbname', name],
  ]
  return new Map([
    ...parts.flatMap(([key, value]) => (value ? [[key, decodePercent(value)] as const] : [])),
    ...new URLSearchParams(query),
  ])
}

/** `host=db.internal password='it\'s'`: values in quotes may have spaces, and a backslash guards the next character. */
function parsePairs(text: string): Settings {
  const settings = new Map<string, string>()
  const pair = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?:\s+|$)/gy
  while (pair.lastIndex < text.length) {
    const match = pair.exec(text)
    if (match === null) throw dataSourceError('this is neither a URL nor key=value pairs', form)
    const [, key = '', quoted, plain = ''] = match
    settings.set(key, (quoted ?? plain).replace(/\\(.)/g, '$1'))
  }
  return settings
}

function parseTls(settings: Settings, host: string | undefined): ServerTls | undefined {
  // A Unix socket needs none.
  if (host?.startsWith('/')) return undefined
  const mode = settings.get('sslmode') ?? 'prefer'
  const verified = modes.get(mode)
  if (verified === undefined) {
    throw dataSourceError(`sslmode=${mode} is not known`, 'use verify-full, require or disable')
  }
  if (verified === 'clear') return undefined
  const root = settings.get('sslrootcert')
  const certificateFile = settings.get('sslcert')
  const keyFile = settings.get('sslkey')
  return {
    // A root file makes `require` verify the chain, as libpq does.
    ...(mode === 'require' && root ? { verify: 'chain' as const } : verified),
    ...(root && root !== 'system' ? { rootFile: root } : {}),
    ...(certificateFile ? { certificateFile } : {}),
    ...(keyFile ? { keyFile } : {}),
  }
}

const modes: ReadonlyMap<string, ServerTls | 'clear'> = new Map<string, ServerTls | 'clear'>([
  ['disable', 'clear'],
  ['allow', { verify: 'none', optional: true }],
  ['prefer', { verify: 'none', optional: true }],
  ['require', { verify: 'none' }],
  ['verify-ca', { verify: 'chain' }],
  ['verify-full', { verify: 'full' }],
])

const known: ReadonlySet<string> = new Set([
  'connect_timeout',
  'database',
  'dbname',
  'host',
  'password',
  'port',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslrootcert',
  'user',
])

/** Names and habits of the client, and what is always so here: a server that may be written, prepared statements. */
const ignored: ReadonlySet<string> = new Set([
  'application_name',
  'client_encoding',
  'default_query_exec_mode',
  'description_cache_capacity',
  'fallback_application_name',
  'min_read_buffer_size',
  'sslsni',
  'statement_cache_capacity',
  'target_session_attrs',
  'timezone',
])

function parseSeconds(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000
  throw dataSourceError('connect_timeout is no number of seconds', 'write connect_timeout=5')
}
