import { setTimeout } from 'node:timers/promises'
import {
  type AuthorityFolder,
  provisionerName,
} from '../../apps/ca-server/test/support/authority-folder.ts'
import { createCsr, issuedSchema } from '../../apps/ca-server/test/support/certificates.ts'
import { createToken } from '../../apps/ca-server/test/support/running-server.ts'
import { type Reply, send, serialOf, wordAnswer } from './answers.ts'
import type { Instance } from './instance.ts'
import type { RandomSource } from './random-source.ts'
import type { Recorder } from './recorder.ts'

export interface ClientsOptions {
  readonly folder: AuthorityFolder
  readonly instances: readonly Instance[]
  /** Names of provisioners beside the folder's own; some may be gone. All have the folder's key. */
  readonly provisioners: readonly string[]
  readonly random: RandomSource
  readonly recorder: Recorder
  /** How many work at once. */
  readonly count: number
}

/** What a client keeps of a certificate. */
interface Held {
  readonly serial: string
  readonly chainPem: string
  readonly keyPem: string
}

/** A token, and the request that it is for. */
interface Ticket {
  /** The certificate's subject, by which it is found in the database. */
  readonly token: string
  readonly provisioner: string
  readonly ott: string
  readonly csr: string
  readonly keyPem: string
}

export interface Clients {
  /** Asks every instance for a certificate by this provisioner, at once. */
  askAll(provisioner: string): Promise<void>
  end(): Promise<void>
}

/** Signs, renews, rekeys and revokes until it is ended, as clients do: again elsewhere when an answer is lost. */
export function startClients(options: ClientsOptions): Clients {
  const { folder, instances, random, recorder } = options
  const held: Held[] = []
  const tickets: Ticket[] = []
  let requests = 0
  let isEnding = false

  const nextId = (): string => {
    requests += 1
    return `chaos-${requests}`
  }

  async function signNew(): Promise<void> {
    const ticket = await createTicket(pickProvisioner())
    remember(tickets, ticket)
    const first = random.pick(instances)
    // Some send what they hold to several at once.
    const atOnce = random.once(5) ? instances : [first]
    const replies = await Promise.all(atOnce.map((instance) => sign(instance, ticket)))
    if (replies.every(({ answer }) => answer === undefined || answer.status === 503)) {
      await sign(random.pick(instances), ticket)
    }
  }

  function pickProvisioner(): string {
    const others = random.once(3) ? options.provisioners : []
    return others.length > 0 ? random.pick(others) : provisionerName
  }

  async function createTicket(provisioner: string): Promise<Ticket> {
    const token = `${nextId()}.internal`
    const { csr, keyPem } = await createCsr(token)
    const ott = await createToken(folder, { subject: token, issuer: provisioner })
    return { token, provisioner, ott, csr, keyPem }
  }

  async function sign(instance: Instance, ticket: Ticket): Promise<Reply> {
    const { token, provisioner, ott, csr, keyPem } = ticket
    const requestId = nextId()
    const { given: reply, span } = await recorder.time(() =>
      send(instance, '/sign', { requestId, body: { csr, ott, notAfter: '2h' } }),
    )
    if (reply.isUnsent) return reply
    keep(reply, keyPem)
    recorder.add(() => ({
      kind: 'sign',
      ...span,
      instance: instance.name,
      token,
      provisioner,
      answer: wordAnswer(reply, (answer) => ({ serial: serialOf(answer) })),
    }))
    return reply
  }

  async function renewOne(): Promise<void> {
    if (held.length > 0) await renew(random.pick(held))
  }

  /** A thief may renew while the owner revokes. */
  async function revokeOne(): Promise<void> {
    if (held.length === 0) return
    const one = random.pick(held)
    const renewals = random.once(2) ? [renew(one), renew(one)] : []
    await Promise.all([...renewals, revoke(one)])
  }

  /** Renews a certificate, at times with another key. */
  async function renew({ serial, chainPem, keyPem }: Held): Promise<void> {
    const instance = random.pick(instances)
    const rekeyed = random.once(4) ? await createCsr('only its key counts') : undefined
    const path = rekeyed === undefined ? '/renew' : '/rekey'
    const body = rekeyed && { csr: rekeyed.csr }
    const { given: reply, span } = await recorder.time(() =>
      send(instance, path, { requestId: nextId(), cert: chainPem, key: keyPem, body }),
    )
    if (reply.isUnsent) return
    keep(reply, rekeyed?.keyPem ?? keyPem)
    recorder.add(() => ({
      kind: 'renew',
      ...span,
      instance: instance.name,
      serial,
      answer: wordAnswer(reply, (answer) => ({ serial: serialOf(answer) })),
    }))
  }

  async function revoke({ serial }: Held): Promise<void> {
    const withRenewals = random.once(2)
    const instance = random.pick(instances)
    const ott = await createToken(folder, { subject: serial, operation: 'revoke' })
    const body = { serial, ott, passive: true, withRenewals }
    const { given: reply, span } = await recorder.time(() =>
      send(instance, '/revoke', { requestId: nextId(), body }),
    )
    if (reply.isUnsent) return
    recorder.add(() => ({
      kind: 'revoke',
      ...span,
      instance: instance.name,
      serial,
      withRenewals,
      answer: wordAnswer(reply, ({ json }) => ({ serials: serialsOf(json) ?? [serial] })),
    }))
  }

  function keep({ answer }: Reply, keyPem: string): void {
    if (answer?.status !== 201) return
    const chainPem = issuedSchema.parse(answer.json).certChain.join('')
    remember(held, { serial: serialOf(answer), chainPem, keyPem })
  }

  /** Old ones make room: what is held long is mostly revoked. */
  function remember<T>(list: T[], value: T): void {
    if (list.length < mostHeld) list.push(value)
    else list[random.integer(mostHeld)] = value
  }

  async function signAgain(): Promise<void> {
    if (tickets.length > 0) await sign(random.pick(instances), random.pick(tickets))
  }

  const wishes = [
    ...[signNew, signNew, signNew, signAgain],
    ...[renewOne, renewOne, renewOne, revokeOne],
  ]
  const loops = Array.from({ length: options.count }, async () => {
    while (!isEnding) {
      await random.pick(wishes)()
      await setTimeout(random.between(0, restMilliseconds))
    }
  })
  return {
    askAll: async (provisioner) => {
      await Promise.all(
        instances.map(async (instance) => sign(instance, await createTicket(provisioner))),
      )
    },
    end: async () => {
      isEnding = true
      await Promise.all(loops)
    },
  }
}

function serialsOf(json: unknown): readonly string[] | undefined {
  if (typeof json !== 'object' || json === null || !('serials' in json)) return undefined
  const { serials } = json
  return Array.isArray(serials) ? serials.map(String) : undefined
}

const mostHeld = 200
/** Two cores serve clients, instances and database. */
const restMilliseconds = 60
