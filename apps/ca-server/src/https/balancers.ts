import { BlockList, isIPv6, type Socket } from 'node:net'
import type { ProcessLog } from '../log/process-log.ts'
import { peerOf } from './connections.ts'
import { type Endpoint, readProxyHeader } from './proxy-header.ts'
import type { SetTimer } from './serving-certificate.ts'

/** Tells whether a connection comes from a balancer that says whose it is. */
export type FindBalancer = (peer: Endpoint) => boolean

/** Returns what knows the balancers by their addresses and ranges, as the configuration's schema has let them pass. */
export function createBalancers(addresses: readonly string[]): FindBalancer {
  if (addresses.length === 0) return () => false
  const list = new BlockList()
  for (const each of addresses) {
    const [address = '', length] = each.split('/')
    if (length === undefined) list.addAddress(address, familyOf(address))
    else list.addSubnet(address, Number(length), familyOf(address))
  }
  // IPv4 in the form of RFC 4291 §2.5.5.2, as a socket for both families shows it, counts as IPv4.
  return ({ remoteAddress }) =>
    remoteAddress !== undefined && list.check(remoteAddress, familyOf(remoteAddress))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4'
}

/**
 * Reads the PROXY protocol header at the beginning of a balancer's connection, leaves what comes after it unread, and
 * resolves with the client it names, or without one where it names none. Resolves with `undefined` when the connection
 * was closed: by its peer, or because what it sent is no header or came too late.
 */
export function readBalancedClient(
  socket: Socket,
  options: {
    readonly timeoutMilliseconds: number
    readonly setTimer: SetTimer
    readonly log: ProcessLog
  },
): Promise<{ readonly client: Endpoint | undefined } | undefined> {
  const { promise, resolve } = Promise.withResolvers<
    { readonly client: Endpoint | undefined } | undefined
  >()
  let received = Buffer.alloc(0)
  const cancelTimer = options.setTimer(
    () => refuse(`not complete after ${options.timeoutMilliseconds / 1000} s`),
    options.timeoutMilliseconds,
  )

  function look(): void {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return
    received = Buffer.concat([received, chunk])
    const header = readProxyHeader(received)
    if (header.status === 'malformed') refuse(header.reason)
    if (header.status !== 'complete') return
    end()
    if (received.length > header.length) socket.unshift(received.subarray(header.length))
    resolve({ client: header.client })
  }

  function refuse(reason: string): void {
    options.log(`http: PROXY protocol header error from ${peerOf(socket)}: ${reason}`)
    socket.destroy()
  }

  // A balancer that only looks whether the port is open sends nothing, and is no news.
  const onEnd = (): void => {
    if (received.length > 0) refuse('it ends in the middle')
    else socket.destroy()
  }
  // What is wrong with the connection shows in its end.
  const onError = (): void => undefined
  const onClose = (): void => {
    end()
    resolve(undefined)
  }

  function end(): void {
    cancelTimer()
    socket.off('readable', look).off('end', onEnd).off('error', onError).off('close', onClose)
  }

  socket.on('readable', look).on('end', onEnd).on('error', onError).on('close', onClose)
  return promise
}
