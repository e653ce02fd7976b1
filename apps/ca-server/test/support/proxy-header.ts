import { isIPv6 } from 'node:net'

export const signature: Buffer = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

/** A header of the PROXY protocol, version 2, as a balancer writes it; each part may be another. */
export function proxyHeader(
  parts: {
    readonly command?: number
    readonly family?: number
    readonly client?: string
    readonly port?: number
    /** What follows the addresses. */
    readonly more?: Uint8Array
    /** All that follows the length. */
    readonly rest?: Uint8Array
  } = {},
): Buffer {
  const { command = 0x21, client, port = 0, more = Buffer.alloc(0) } = parts
  const family = parts.family ?? (client === undefined ? 0 : isIPv6(client) ? 0x21 : 0x11)
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(port)
  ports.writeUInt16BE(443, 2)
  const addresses =
    client === undefined ? [] : [encodeAddress(client), encodeAddress(client), ports]
  const rest = parts.rest ?? Buffer.concat([...addresses, more])
  const fixed = Buffer.from([command, family, rest.length >> 8, rest.length & 0xff])
  return Buffer.concat([signature, fixed, rest])
}

function encodeAddress(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  const groups = (text: string): string =>
    text
      .split(':')
      .filter((group) => group !== '')
      .map((group) => group.padStart(4, '0'))
      .join('')
  return Buffer.from(
    `${groups(head)}${groups(tail).padStart(32 - groups(head).length, '0')}`,
    'hex',
  )
}
