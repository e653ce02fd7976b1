import { rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, normalize } from 'node:path'
import {
  type AuthorityHost,
  createPeriodicWork,
  HostError,
  openAuthority,
  retentionRulesOf,
} from '@mayfly/authority-host'
import { StoreError } from '@mayfly/db-adapters'
import { loadPasswordFile } from '@mayfly/keystore-hsm'
import { formatListenAddress } from '../https/listen-address.ts'
import { describePeriodicWork } from '../log/periodic-work-line.ts'
import { createProcessLog, type ProcessLog } from '../log/process-log.ts'
import { describeRevisionEvent } from '../log/revision-line.ts'
import { type CaServer, createServer } from '../server.ts'
import { ServerError } from '../server-error.ts'
import { describeVersion } from '../version.ts'
import type { ServeArguments } from './command-line.ts'
import { type ConfigurationWatch, createConfigurationWatch } from './configuration-watch.ts'
import type { Io } from './io.ts'
import { listenForSignals, type Orders } from './signals.ts'
import { describeStart, describeWarnings } from './start-up-lines.ts'

/** Exit codes, as step-ca has them. */
const exitCodes = { stopped: 0, missing: 1, failed: 2 }

/** Serves until it is told to stop; returns the exit code. */
export async function serve(options: ServeArguments, io: Io): Promise<number> {
  const orders = listenForSignals(io.signals)
  try {
    return await Promise.race([
      openAndServe(options, io, orders),
      // Whoever asks twice does not wait for anything.
      orders.stopped.twice.then(() => exitCodes.failed),
    ])
  } finally {
    orders.close()
  }
}

async function openAndServe(options: ServeArguments, io: Io, orders: Orders): Promise<number> {
  const configurationPath = options.configurationPath ?? defaultConfigurationPath(io.environment)
  const log = createProcessLog((line) => io.stderr.write(line), io.now)
  const watch = createConfigurationWatch({
    path: configurationPath,
    onChange: () => {
      log(`${configurationPath} has changed`)
      orders.reload()
    },
    setTimer: io.setTimer,
  })
  let opened: AuthorityHost | undefined
  try {
    await watch.note()
    const opening = openAuthority({
      configurationPath,
      ...passwordSource(options),
      askPassword: (path) => io.askPassword(`Please enter the password to decrypt ${path}: `),
      discardHistory: options.discardHistory,
      onRevision: (event) => {
        log(describeRevisionEvent(event))
        if (event.kind === 'in_force' && opened) describeWarnings(opened).forEach(log)
      },
      now: io.now,
      random: io.random,
    })
    const host = await Promise.race([opening, orders.stopped.once])
    if (host === undefined) {
      log('shutting down ...')
      return exitCodes.stopped
    }
    opened = host
    try {
      host.startFollowing(io)
      return await run(host, { ...options, configurationPath }, { io, log, orders, watch })
    } finally {
      watch.stop()
      await host.close()
    }
  } catch (error) {
    return reportFailure(error, io)
  }
}

async function run(
  host: AuthorityHost,
  options: ServeArguments & { readonly configurationPath: string },
  {
    io,
    log,
    orders,
    watch,
  }: { io: Io; log: ProcessLog; orders: Orders; watch: ConfigurationWatch },
): Promise<number> {
  let server: CaServer
  const instance = nameInstance(io)
  try {
    server = await createServer({
      host,
      instance,
      log,
      accessLines: io.stderr,
      logWithoutHealth: isOnlyTracingHealth(io.environment),
      now: io.now,
      monotonicMilliseconds: io.monotonicMilliseconds,
      random: io.random,
      setTimer: io.setTimer,
    })
  } catch (error) {
    log('shutting down due to startup error ...')
    tell(`stopped CA after error occurred: ${messageOf(error)}`, hintOf(error), io)
    return exitCodes.failed
  }
  const work = createPeriodicWork({
    store: host.store,
    holder: instance,
    rules: () => retentionRulesOf(host.configuration),
    onEvent: (event) => {
      const line = describePeriodicWork(event)
      if (line !== undefined) log(line)
    },
    now: io.now,
    random: io.random,
    setTimer: io.setTimer,
  })
  let removePidFile = (): void => undefined
  try {
    if (!isQuiet(options, io.environment)) {
      const product = describeVersion(io.platform)
      const { configurationPath } = options
      describeStart(host, { configurationPath, product, address: server.address }).forEach(log)
    }
    describeWarnings(host).forEach(log)
    log(`Serving HTTPS on ${formatListenAddress(server.address)} ...`)
    removePidFile = placePidFile(options.pidFile, io.processId)
    await obey(orders, { server, host, log, watch })
    return exitCodes.stopped
  } finally {
    await Promise.all([work.stop(), server.shutdown()])
    removePidFile()
  }
}

async function obey(
  orders: Orders,
  {
    server,
    host,
    log,
    watch,
  }: { server: CaServer; host: AuthorityHost; log: ProcessLog; watch: ConfigurationWatch },
): Promise<void> {
  await followConfiguration(watch, host)
  while ((await orders.next()) === 'reload') {
    log('reloading ...')
    // Before it is read, so that nothing written meanwhile is missed.
    await watch.note()
    const { raw: former } = host.configuration
    try {
      await server.reload()
      describeWarnings(host).forEach(log)
      if ('mayfly' in former && !('mayfly' in host.configuration.raw)) log(ownSettingsGone)
      await followConfiguration(watch, host)
    } catch (error) {
      describeFailedReload(error).forEach(log)
    }
  }
  log('shutting down ...')
}

async function followConfiguration(
  watch: ConfigurationWatch,
  { configuration }: AuthorityHost,
): Promise<void> {
  if (configuration.mayfly.watchConfiguration) await watch.start()
  else watch.stop()
}

function describeFailedReload(error: unknown): readonly string[] {
  const isDatabase = error instanceof HostError && error.code === 'database_changed'
  return [
    isDatabase
      ? 'Reload failed because the database configuration has changed.'
      : 'Reload failed because the CA with new configuration could not be initialized.',
    'Continuing to run with the original configuration.',
    'You can force a restart by sending a SIGTERM signal and then restarting the mayfly-ca.',
    `error reloading server: error reloading ca: ${messageOf(error)}`,
  ]
}

function reportFailure(error: unknown, io: Io): number {
  if (error instanceof HostError && error.code === 'configuration_not_found') {
    io.stdout.write(missingConfiguration)
    return exitCodes.missing
  }
  tell(messageOf(error), hintOf(error), io)
  return exitCodes.failed
}

function tell(message: string, hint: string | undefined, io: Io): void {
  io.stderr.write(`${message}\n${hint === undefined ? '' : `${hint}\n`}`)
}

/** What the operator can do, where an error knows. */
function hintOf(error: unknown): string | undefined {
  const isKnown =
    error instanceof HostError || error instanceof ServerError || error instanceof StoreError
  return isKnown ? error.hint : undefined
}

function passwordSource({ passwordFile }: ServeArguments): { password?: () => Promise<string> } {
  return passwordFile === undefined ? {} : { password: () => loadPasswordFile(passwordFile) }
}

/** Writes the file, if one is asked for, and returns what removes it again. */
function placePidFile(path: string | undefined, processId: number): () => void {
  if (path === undefined) return () => undefined
  try {
    writeFileSync(path, `${processId}\n`, { mode: 0o644 })
  } catch (cause) {
    throw new Error(`error writing pidfile: ${messageOf(cause)}`, { cause })
  }
  return () => rmSync(path, { force: true })
}

function defaultConfigurationPath(environment: Io['environment']): string {
  const named = environment.MAYFLYPATH || environment.STEPPATH
  const home = named ? normalize(named) : join(environment.HOME || homedir(), '.mayfly')
  return join(home, 'config', 'ca.json')
}

/** No two instances share a name: machines may be copies of each other, and processes of containers have one number. */
function nameInstance({ hostName, processId, random }: Io): string {
  return `${hostName}-${processId}-${Buffer.from(random(4)).toString('hex')}`
}

function isOnlyTracingHealth(environment: Io['environment']): boolean {
  return isSet(environment, 'LOGGER_ONLY_TRACE_HEALTH_ENDPOINT')
}

function isQuiet(options: ServeArguments, environment: Io['environment']): boolean {
  return options.isQuiet || isSet(environment, 'CA_QUIET')
}

function isSet(environment: Io['environment'], name: string): boolean {
  const value = environment[`MAYFLY_${name}`] ?? environment[`STEP_${name}`] ?? ''
  return ['1', 't', 'true'].includes(value.toLowerCase())
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const ownSettingsGone =
  'WARNING: mayfly: the member is gone, and its settings are back at their defaults; step drops it when it changes ca.json'

const missingConfiguration = `mayfly-ca can't find or open the configuration file for your CA.
You may need to create a CA first by running \`mayfly ca init\`.
A configuration in another place is named so: mayfly-ca <config>
`
