import fc from 'fast-check'
import type {
  Disruption,
  History,
  Operation,
  RefusalReason,
  Span,
  StandingCertificate,
} from './history.ts'

/** A client's wish, and what the network made of it. */
interface Step {
  readonly wish: 'sign' | 'sign_again' | 'renew' | 'revoke' | 'add' | 'remove' | 'observe'
  readonly pick: number
  readonly instance: number
  readonly withRenewals: boolean
  readonly fate: 'answered' | 'lost_before' | 'lost_after'
  /** How long the request was on its way before the deed, and its answer after it. */
  readonly before: number
  readonly after: number
}

const step: fc.Arbitrary<Step> = fc.record({
  wish: fc.constantFrom<Step['wish'][]>(
    'sign',
    'sign',
    'sign_again',
    'renew',
    'renew',
    'revoke',
    'add',
    'remove',
    'observe',
    'observe',
  ),
  pick: fc.nat({ max: 1000 }),
  instance: fc.nat({ max: 2 }),
  withRenewals: fc.boolean(),
  fate: fc.constantFrom<Step['fate'][]>(
    'answered',
    'answered',
    'answered',
    'lost_before',
    'lost_after',
  ),
  before: fc.integer({ min: 1, max: 400 }),
  after: fc.integer({ min: 1, max: 400 }),
})

const followMilliseconds = 1000

/** What clients may see of a CA without a fault: many requests under way at once, answers lost before and after the deed. */
export function validHistories({
  minLength,
}: {
  readonly minLength: number
}): fc.Arbitrary<History> {
  return fc.array(step, { minLength, maxLength: 120, size: 'max' }).map((steps) => run(steps))
}

/** Does one deed after the other, 100 ms apart, each within the time that its client waits. */
function run(steps: readonly Step[]): History {
  const authority = createModel()
  const operations = steps.flatMap((each, index) => {
    const at = (index + 1) * 100
    const span = { begin: at - each.before, end: at + each.after }
    return perform(authority, each, { at, span, name: String(index) }) ?? []
  })
  const { certificates, revoked, spentFor, revisions, disruptions } = authority
  return {
    provisioners: ['first'],
    operations,
    disruptions,
    final: { certificates, revoked: [...revoked], spentFor, revisions },
    followMilliseconds,
  }
}

interface Model {
  readonly certificates: StandingCertificate[]
  readonly revoked: Set<string>
  readonly spentFor: string[]
  readonly revisions: number[]
  readonly disruptions: Disruption[]
  /** The provisioner of each token that was used. */
  readonly tokens: Map<string, string>
  readonly inForce: Set<string>
  /** All that were ever added. */
  readonly known: string[]
}

function createModel(): Model {
  return {
    certificates: [],
    revoked: new Set(),
    spentFor: [],
    revisions: [],
    disruptions: [{ instance: 'ca-0', begin: 0, end: 150 }],
    tokens: new Map(),
    inForce: new Set(['first']),
    known: ['first'],
  }
}

interface Moment {
  readonly at: number
  readonly span: Span
  /** Serial numbers and names are made of it. */
  readonly name: string
}

function perform(model: Model, each: Step, moment: Moment): Operation | undefined {
  const { span, name } = moment
  const instance = `ca-${each.instance}`
  const choose = <T>(values: readonly T[]): T | undefined => values[each.pick % values.length]
  const reply = <Given>(deed: () => RefusalReason | Given) => answer(each, deed)
  switch (each.wish) {
    case 'sign':
    case 'sign_again': {
      const used = each.wish === 'sign' ? undefined : choose([...model.tokens.keys()])
      const token = used ?? `token-${name}`
      const provisioner = model.tokens.get(token) ?? choose(model.known) ?? 'first'
      return {
        kind: 'sign',
        ...span,
        instance,
        token,
        provisioner,
        answer: reply(() => sign(model, { token, provisioner, serial: `s${name}` })),
      }
    }
    case 'renew': {
      const former = choose(model.certificates)
      if (former === undefined) return undefined
      const { serial } = former
      return {
        kind: 'renew',
        ...span,
        instance,
        serial,
        answer: reply(() => renew(model, former, `s${name}`)),
      }
    }
    case 'revoke': {
      const serial = choose(model.certificates)?.serial
      if (serial === undefined) return undefined
      const { withRenewals } = each
      return {
        kind: 'revoke',
        ...span,
        instance,
        serial,
        withRenewals,
        answer: reply(() => revoke(model, serial, withRenewals)),
      }
    }
    case 'add':
      return {
        kind: 'add',
        ...span,
        provisioner: `p${name}`,
        answer: reply(() => change(model, () => addTo(model, `p${name}`))),
      }
    case 'remove': {
      const provisioner = choose([...model.inForce])
      if (provisioner === undefined) return undefined
      return {
        kind: 'remove',
        ...span,
        provisioner,
        answer: reply(() => change(model, () => model.inForce.delete(provisioner))),
      }
    }
    case 'observe':
      return { kind: 'observe', ...span, instance, revision: model.revisions.length }
  }
}

function answer<Given>(
  { fate }: Step,
  deed: () => RefusalReason | Given,
):
  | { status: 'unknown' }
  | { status: 'refused'; reason: RefusalReason }
  | ({ status: 'ok' } & Exclude<Given, string>) {
  if (fate === 'lost_before') return { status: 'unknown' }
  const done = deed()
  if (fate === 'lost_after') return { status: 'unknown' }
  if (typeof done === 'string') return { status: 'refused', reason: done as RefusalReason }
  return { status: 'ok', ...(done as Exclude<Given, string>) }
}

function sign(
  model: Model,
  { token, provisioner, serial }: { token: string; provisioner: string; serial: string },
): RefusalReason | { readonly serial: string } {
  if (!model.inForce.has(provisioner)) return 'provisioner_unknown'
  if (model.tokens.has(token)) return 'token_used'
  model.tokens.set(token, provisioner)
  model.spentFor.push(serial)
  model.certificates.push({ serial, token, key: `key of ${token}` })
  return { serial }
}

function renew(
  model: Model,
  { serial: predecessor, ...same }: StandingCertificate,
  serial: string,
): RefusalReason | { readonly serial: string } {
  if (!model.inForce.has(model.tokens.get(same.token) ?? '')) return 'provisioner_unknown'
  if (model.revoked.has(predecessor)) return 'revoked'
  model.certificates.push({ ...same, serial, predecessor })
  return { serial }
}

function revoke(
  model: Model,
  serial: string,
  withRenewals: boolean,
): RefusalReason | { readonly serials: readonly string[] } {
  const key = model.certificates.find((each) => each.serial === serial)?.key
  const meant = withRenewals
    ? model.certificates.filter((each) => each.key === key).map((each) => each.serial)
    : [serial]
  const serials = meant.filter((each) => !model.revoked.has(each))
  if (serials.length === 0 || (!withRenewals && model.revoked.has(serial))) return 'already_revoked'
  for (const each of serials) model.revoked.add(each)
  return { serials }
}

function change(model: Model, effect: () => unknown): { readonly revision: number } {
  effect()
  const revision = model.revisions.length + 1
  model.revisions.push(revision)
  return { revision }
}

function addTo({ inForce, known }: Model, provisioner: string): void {
  inForce.add(provisioner)
  known.push(provisioner)
}
