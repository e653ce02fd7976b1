import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { maximumProxyHeaderOctets, readProxyHeader } from '../../src/https/proxy-header.ts'
import { proxyHeader, signature } from '../support/proxy-header.ts'

const tcp4 = proxyHeader({ client: '192.0.2.7', port: 40_001 })
const tcp6 = proxyHeader({ client: '2001:db8::7', port: 40_002 })

describe('readProxyHeader', () => {
  test.each([
    { what: 'IPv4', header: tcp4, client: { remoteAddress: '192.0.2.7', remotePort: 40_001 } },
    { what: 'IPv6', header: tcp6, client: { remoteAddress: '2001:db8::7', remotePort: 40_002 } },
    {
      what: 'IPv4 with more behind its addresses',
      header: proxyHeader({ client: '192.0.2.7', port: 1, more: Buffer.from('0400017f', 'hex') }),
      client: { remoteAddress: '192.0.2.7', remotePort: 1 },
    },
    { what: 'an unknown family', header: proxyHeader({ family: 0x00 }), client: undefined },
    { what: 'a health check', header: proxyHeader({ command: 0x20 }), client: undefined },
    {
      what: 'a health check with a family of its own',
      header: proxyHeader({ command: 0x20, family: 0x32, rest: randomBytes(216) }),
      client: undefined,
    },
  ])('reads $what, and where it ends', ({ header, client }) => {
    const expected = {
      status: 'complete',
      length: header.length,
      ...(client === undefined ? {} : { client }),
    }
    expect(readProxyHeader(header)).toEqual(expected)
    expect(readProxyHeader(Buffer.concat([header, Buffer.from('\x16\x03')]))).toEqual(expected)
  })

  test('waits for every octet of a header', () => {
    for (const header of [tcp4, tcp6]) {
      for (let length = 0; length < header.length; length += 1) {
        expect(readProxyHeader(header.subarray(0, length))).toEqual({ status: 'incomplete' })
      }
    }
  })

  test.each([
    { octets: Buffer.from('\x16\x03\x01'), reason: 'none was sent' },
    { octets: Buffer.from('GET / HTTP/1.1\r\n'), reason: 'another beginning' },
    {
      octets: Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.1 40001 443\r\n'),
      reason: 'version 1 was sent, version 2 is needed',
    },
    { octets: proxyHeader({ command: 0x11 }), reason: 'version 1' },
    { octets: proxyHeader({ command: 0x31 }), reason: 'version 3' },
    { octets: proxyHeader({ command: 0x22 }), reason: 'command 2' },
    { octets: proxyHeader({ family: 0x12, rest: randomBytes(12) }), reason: 'address family 0x12' },
    {
      octets: proxyHeader({ family: 0x31, rest: randomBytes(216) }),
      reason: 'address family 0x31',
    },
    {
      octets: proxyHeader({ family: 0x11, rest: randomBytes(11) }),
      reason: 'addresses of 11 octets',
    },
    {
      octets: proxyHeader({ family: 0x21, rest: randomBytes(35) }),
      reason: 'addresses of 35 octets',
    },
    {
      octets: proxyHeader({ rest: Buffer.alloc(maximumProxyHeaderOctets - 15) }),
      reason: 'a header of 4097 octets',
    },
  ])('refuses $reason as soon as it is known', ({ octets, reason }) => {
    expect(readProxyHeader(octets)).toEqual({ status: 'malformed', reason })
    expect(readProxyHeader(octets.subarray(0, 16))).toEqual({ status: 'malformed', reason })
  })

  test('takes any octets, and never waits for more than the longest header', () => {
    for (let round = 0; round < 20_000; round += 1) {
      const octets = mutate(round % 2 === 0 ? tcp4 : tcp6)
      const header = readProxyHeader(octets)
      if (header.status === 'complete') expect(header.length).toBeLessThanOrEqual(octets.length)
      if (header.status === 'incomplete') {
        expect(octets.length).toBeLessThan(maximumProxyHeaderOctets)
        expect(
          octets.subarray(0, signature.length).equals(signature.subarray(0, octets.length)),
        ).toBe(true)
      }
    }
  })
})

/** Changes some octets, and cuts or lengthens the rest. */
function mutate(header: Buffer): Buffer {
  const octets = Buffer.concat([header, randomBytes(8)])
  const [count = 0, length = 0] = randomBytes(2)
  for (let change = 0; change <= count % 4; change += 1) {
    const [place = 0, value = 0] = randomBytes(2)
    octets[12 + (place % (octets.length - 12))] = value
  }
  if (count > 250) octets[length % 12] = count
  return octets.subarray(0, length % (octets.length + 1))
}
