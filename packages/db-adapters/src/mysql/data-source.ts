import {
  chooseDatabase,
  type DataSource,
  dataSourceError,
  decodePercent,
  parsePort,
} from '../server-store/data-source.ts'
import type { ServerTls } from '../server-store/server-options.ts'
import type { MysqlStoreOptions } from './mysql-store.ts'

/**
 * Reads the `db` block of type `mysql` as step-ca writes it: `user:password@tcp(host:port)/database?parameters`, the form of
 * Go's driver. Parameters that only concern that driver are left out; `sslrootcert`, `sslcert` and `sslkey` name files,
 * as for PostgreSQL.
 *
 * @throws {StoreError} `store_unsupported`, which never shows the data source.
 */
export function parseMysqlDataSource({ dataSource, database }: DataSource): MysqlStoreOptions {
  const match = wholeForm.exec(dataSource)
  if (match === null) throw dataSourceError('it is not written as the address of a database', form)
  const [, credentials = '', address = '', name = '', query = ''] = match
  const [user = '', password] = splitOnce(credentials, ':')
  if (user === '') throw dataSourceError('no user is named', form)
  return {
    ...parseAddress(address),
    user,
    ...(password === undefined || password === '' ? {} : { password }),
    database: chooseDatabase(database, decodePercent(name)),
    ...parseParameters(query),
  }
}

const form = 'write user:password@tcp(host:port)/database'

/** A password may hold any of these characters: the credentials end at the last @ behind which the rest fits. */
const wholeForm = /^(?:(.*)@)?([a-z0-9]*(?:\([^)]*\))?)\/([^/?]*)(?:\?(.*))?$/s

function parseAddress(text: string): Pick<MysqlStoreOptions, 'host' | 'port'> {
  if (text === '') return {}
  const match = /^([a-z0-9]*)(?:\((.*)\))?$/.exec(text)
  const [, protocol = '', address = ''] = match ?? []
  if (protocol === 'unix') return { host: address || '/tmp/mysql.sock' }
  if (protocol !== 'tcp') throw dataSourceError(`${protocol} is not supported`, 'use tcp or unix')
  if (address === '') return {}
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(address) ?? []
  if (host === '' && port === undefined) throw dataSourceError('the host is not readable', form)
  return {
    ...(host === '' ? {} : { host: host.replace(/^\[|\]$/g, '') }),
    ...(port === undefined ? {} : { port: parsePort(port) }),
  }
}

function parseParameters(
  query: string,
): Pick<MysqlStoreOptions, 'connectTimeoutMilliseconds' | 'tls'> {
  const parameters = new Map(new URLSearchParams(query))
  for (const name of parameters.keys()) {
    if (ours.has(name) || ofGoDriver.has(name)) continue
    throw dataSourceError(`the parameter ${name} is not supported`, 'leave it out')
  }
  const tls = parseTls(parameters)
  const timeout = parameters.get('timeout')
  return {
    ...(tls === undefined ? {} : { tls }),
    ...(timeout === undefined ? {} : { connectTimeoutMilliseconds: parseDuration(timeout) }),
  }
}

function parseTls(parameters: ReadonlyMap<string, string>): ServerTls | undefined {
  const mode = parameters.get('tls') ?? 'false'
  const verified = modes.get(mode.toLowerCase())
  if (verified === undefined) {
    throw dataSourceError(`tls=${mode} is not supported`, 'write tls=true and sslrootcert=FILE')
  }
  const files = {
    ...named('rootFile', parameters.get('sslrootcert')),
    ...named('certificateFile', parameters.get('sslcert')),
    ...named('keyFile', parameters.get('sslkey')),
  }
  if (verified === 'clear') {
    if (Object.keys(files).length === 0) return undefined
    throw dataSourceError('TLS files are named, but tls is off', 'write tls=true')
  }
  return { ...verified, ...files }
}

function named<Name extends string>(name: Name, value: string | undefined): { [N in Name]?: string }
function named(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

const modes: ReadonlyMap<string, ServerTls | 'clear'> = new Map<string, ServerTls | 'clear'>([
  ['false', 'clear'],
  ['true', { verify: 'full' }],
  ['skip-verify', { verify: 'none' }],
  ['preferred', { verify: 'none', optional: true }],
])

const ours: ReadonlySet<string> = new Set(['sslcert', 'sslkey', 'sslrootcert', 'timeout', 'tls'])

/** How Go's driver encodes, decodes and checks; nothing of that kind is to be set here. */
const ofGoDriver: ReadonlySet<string> = new Set([
  'allowCleartextPasswords',
  'allowFallbackToPlaintext',
  'allowNativePasswords',
  'charset',
  'checkConnLiveness',
  'clientFoundRows',
  'collation',
  'columnsWithAlias',
  'compress',
  'connectionAttributes',
  'interpolateParams',
  'loc',
  'maxAllowedPacket',
  'multiStatements',
  'parseTime',
  'readTimeout',
  'rejectReadOnly',
  'timeTruncate',
  'writeTimeout',
])

/** Go's durations: `1m30s`, `500ms`. */
function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw dataSourceError('timeout is no duration', 'write it as 5s')
  }
  const milliseconds = parts.map(([, count, unit = 's']) => Number(count) * (units.get(unit) ?? 0))
  return Math.round(milliseconds.reduce((sum, part) => sum + part, 0))
}

const units: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
])

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const index = text.indexOf(separator)
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + separator.length)]
}
