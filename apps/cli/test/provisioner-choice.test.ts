import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { chooseProvisioner } from '../src/ca/provisioner-choice.ts'
import type { Io } from '../src/io.ts'
import { createTerminal, terminalUnavailable } from '../src/terminal/terminal.ts'

const admin = { type: 'JWK', name: 'admin', key: { kid: 'one' }, encryptedKey: 'a.b.c.d.e' }
const other = { type: 'JWK', name: 'other', key: { kid: 'two' } }
const acme = { type: 'ACME', name: 'acme' }
const google = { type: 'OIDC', name: 'google', clientID: 'abc' }

/** Chooses with `typed` on the terminal, or with no terminal; returns what was told as well. */
async function choose(
  listing: readonly unknown[],
  flags: { kid?: string; provisioner?: string } = {},
  typed?: string,
) {
  const stderr = new PassThrough()
  const keys = Object.assign(new PassThrough(), { setRawMode: () => undefined })
  const terminal = createTerminal(keys, stderr)
  keys.end(typed)
  const io: Io = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr,
    environment: {},
    now: () => new Date(0),
    random: () => new Uint8Array(),
    openTerminal: async () => {
      if (typed === undefined) throw terminalUnavailable()
      return terminal
    },
    execute: async () => 0,
    sendSignal: () => undefined,
  }
  const { kid, provisioner } = flags
  const chosen = await chooseProvisioner(io, listing, { kid, provisioner })
  return { chosen, told: String(stderr.read()) }
}

describe('chooseProvisioner', () => {
  test.each([
    { listing: [admin], flags: {}, name: 'admin', why: 'it is the only one' },
    { listing: [admin, other], flags: { provisioner: 'other' }, name: 'other', why: 'it is named' },
    { listing: [admin, other], flags: { kid: 'two' }, name: 'other', why: 'its key is named' },
    { listing: [{ nonsense: 1 }, admin], flags: {}, name: 'admin', why: 'the other is none' },
  ])('takes $name: $why', async ({ listing, flags, name }) => {
    expect((await choose(listing, flags)).chosen.name).toBe(name)
  })

  test('tells which in the very octets of step', async () => {
    expect((await choose([admin])).told).toBe(
      '\u001b[32m\u001b[32m✔\u001b[0m \u001b[1mProvisioner\u001b[0m\u001b[1m:\u001b[0m admin (JWK) [kid: one]\n',
    )
  })

  test('asks where several are left', async () => {
    const { chosen, told } = await choose([admin, acme, other], {}, '\u001b[A\r')
    expect(chosen).toEqual({ type: 'JWK', name: 'other', keyId: 'two', encryptedKey: undefined })
    expect(told).toContain('What provisioner key do you want to use?: ')
    expect(told).toContain('▸ admin (JWK) [kid: one]')
    expect(told).toContain('  acme (ACME)')
  })

  test.each([
    {
      listing: [],
      flags: {},
      message: 'cannot create a new token: the CA does not have any provisioner configured',
    },
    { listing: [admin], flags: { kid: 'x' }, message: "invalid value 'x' for flag '--kid'" },
    {
      listing: [admin],
      flags: { provisioner: 'x' },
      message: "invalid value 'x' for flag '--provisioner'",
    },
    {
      listing: [admin, acme],
      flags: { provisioner: 'acme' },
      message: 'mayfly ACME provisioners do not support token auth flows',
    },
    {
      listing: [google],
      flags: {},
      message: "a token of a provisioner of type 'OIDC' is not offered yet",
    },
    {
      listing: [admin, other],
      flags: {},
      message: 'error allocating terminal: open /dev/tty: no such device or address',
    },
  ])('refuses: $message', async ({ listing, flags, message }) => {
    await expect(choose(listing, flags)).rejects.toThrow(
      expect.objectContaining({ name: 'CommandError', message }),
    )
  })
})
