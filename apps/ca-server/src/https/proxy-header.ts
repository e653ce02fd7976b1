import { SocketAddress } from 'node:net'

/** One end of a connection. */
export interface Endpoint {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}

/** What the first octets of a connection are. */
export type ProxyHeader =
  | { readonly status: 'incomplete' }
  | { readonly status: 'malformed'; readonly reason: string }
  /** `client` is absent where the balancer speaks for itself, as in its health checks, or does not know. */
  | { readonly status: 'complete'; readonly length: number; readonly client?: Endpoint }

/** The longest header that is read; what balancers add beyond the addresses comes to some hundred octets. */
export const maximumProxyHeaderOctets = 4096

/**
 * Reads the binary header of the PROXY protocol, version 2 (proxy-protocol.txt §2.2), at the beginning of `octets`. What
 * follows the addresses in it is passed over. Whatever cannot become a header is told with its first wrong octet.
 */
export function readProxyHeader(octets: Uint8Array): ProxyHeader {
  const view = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  const begun = view.subarray(0, signature.length)
  if (!begun.equals(signature.subarray(0, begun.length))) return malformed(nameOther(view))
  if (view.length < fixedLength) return { status: 'incomplete' }
  const [version, command] = [view.readUInt8(12) >> 4, view.readUInt8(12) & 15]
  const family = view.readUInt8(13)
  const length = fixedLength + view.readUInt16BE(14)
  if (version !== 2) return malformed(`version ${version}`)
  if (command !== commands.local && command !== commands.proxy) {
    return malformed(`command ${command}`)
  }
  if (length > maximumProxyHeaderOctets) return malformed(`a header of ${length} octets`)
  // A balancer that speaks for itself may name any family; what follows counts for nothing.
  const readClient = command === commands.local ? readNothing : families.get(family)
  if (readClient === undefined) return malformed(`address family 0x${toHex(family)}`)
  if (length < fixedLength + readClient.octets) {
    return malformed(`addresses of ${length - fixedLength} octets`)
  }
  if (view.length < length) return { status: 'incomplete' }
  const client = readClient.read(view.subarray(fixedLength, length))
  return { status: 'complete', length, ...(client === undefined ? {} : { client }) }
}

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
/** Signature, version and command, family, and the length of the rest. */
const fixedLength = 16
const commands = { local: 0, proxy: 1 } as const

function malformed(reason: string): ProxyHeader {
  return { status: 'malformed', reason }
}

/** What a balancer sends that is set up otherwise. */
function nameOther(octets: Buffer): string {
  if (octets[0] === handshakeRecord) return 'none was sent'
  const text = octets.subarray(0, 6).toString('latin1')
  return 'PROXY '.startsWith(text) ? 'version 1 was sent, version 2 is needed' : 'another beginning'
}

/** RFC 8446 §5.1. */
const handshakeRecord = 22

interface ClientReader {
  /** How many octets of addresses there are at least. */
  readonly octets: number
  read(addresses: Buffer): Endpoint | undefined
}

const readNothing: ClientReader = { octets: 0, read: () => undefined }

/** By family and transport; datagrams and local sockets do not reach this server. */
const families: ReadonlyMap<number, ClientReader> = new Map([
  [0x00, readNothing],
  [
    0x11,
    {
      octets: 12,
      read: (addresses: Buffer) => ({
        remoteAddress: addresses.subarray(0, 4).join('.'),
        remotePort: addresses.readUInt16BE(8),
      }),
    },
  ],
  [
    0x21,
    {
      octets: 36,
      read: (addresses: Buffer) => ({
        remoteAddress: formatIpv6(addresses.subarray(0, 16)),
        remotePort: addresses.readUInt16BE(32),
      }),
    },
  ],
])

function formatIpv6(octets: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    octets.readUInt16BE(2 * index).toString(16),
  )
  return new SocketAddress({ family: 'ipv6', address: groups.join(':') }).address
}

function toHex(octet: number): string {
  return octet.toString(16).padStart(2, '0')
}
