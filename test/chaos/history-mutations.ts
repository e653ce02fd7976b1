import {
  changesOf,
  type History,
  isKind,
  type Operation,
  type Rule,
  type SignOperation,
} from './history.ts'

/** A fault planted into a valid history. */
export interface Mutation {
  readonly name: string
  readonly rule: Rule
  /** `undefined` where the history has nothing that could go wrong so. */
  plant(history: History): History | undefined
}

/** Each kind of fault that the checker must find. */
export const mutations: readonly Mutation[] = [
  {
    name: 'an answer is 500',
    rule: 'internal_error',
    plant: (history) => append(history, signOf({ answer: { status: 'broken', detail: '500' } })),
  },
  {
    name: 'a request is refused for no reason',
    rule: 'unexplained_refusal',
    plant: (history) => append(history, signOf({ answer: { status: 'refused', reason: 'other' } })),
  },
  {
    name: 'a valid certificate is not renewed',
    rule: 'unexplained_refusal',
    plant: (history) => {
      const meant = new Set(
        history.operations.filter(isKind('revoke')).map(({ serial }) => tokenOf(history, serial)),
      )
      const valid = history.final.certificates.find(({ token }) => !meant.has(token))
      if (valid === undefined) return undefined
      const { serial } = valid
      const answer = { status: 'refused', reason: 'revoked' } as const
      return append(history, { kind: 'renew', ...late, instance: 'ca-1', serial, answer })
    },
  },
  {
    name: 'a certificate that was given out is lost',
    rule: 'acknowledged_missing',
    plant: (history) => {
      const lost = findAccepted(history)
      return lost && withoutCertificate(history, lost.serial)
    },
  },
  {
    name: 'a revocation is lost',
    rule: 'acknowledged_missing',
    plant: (history) => {
      const lost = findRevoked(history)
      const { final } = history
      if (lost === undefined) return undefined
      const revoked = final.revoked.filter((serial) => serial !== lost.serial)
      return { ...history, final: { ...final, revoked } }
    },
  },
  {
    name: 'a revision is lost',
    rule: 'acknowledged_missing',
    plant: (history) => {
      const lost = findRevision(history)
      const { final } = history
      if (lost === undefined) return undefined
      const revisions = final.revisions.filter((number) => number !== lost)
      return { ...history, final: { ...final, revisions } }
    },
  },
  {
    name: 'a serial number is given out twice',
    rule: 'serial_twice',
    plant: (history) => {
      const former = findAccepted(history)
      if (former === undefined) return undefined
      return append(history, signOf({ answer: { status: 'ok', serial: former.serial } }))
    },
  },
  {
    name: 'a token is accepted twice',
    rule: 'token_twice',
    plant: (history) => {
      const former = findAccepted(history)
      const answer = { status: 'ok', serial: 'another' } as const
      return former === undefined
        ? undefined
        : append(history, signOf({ token: former.token, answer }))
    },
  },
  {
    name: 'a token has paid twice, and one was told of neither',
    rule: 'token_twice',
    plant: (history) => {
      const { final } = history
      const former = final.certificates.find(({ predecessor }) => predecessor === undefined)
      if (former === undefined) return undefined
      const certificates = [...final.certificates, { ...former, serial: 'another' }]
      return { ...history, final: { ...final, certificates } }
    },
  },
  {
    name: 'a fresh token is refused as used',
    rule: 'fresh_token_refused',
    plant: (history) =>
      append(history, signOf({ answer: { status: 'refused', reason: 'token_used' } })),
  },
  {
    name: 'a token is lost: used by its only attempt, whose answer was lost, and nothing stands for it',
    rule: 'fresh_token_refused',
    plant: (history) =>
      append(
        history,
        signOf({ answer: { status: 'unknown' } }),
        signOf({ answer: { status: 'refused', reason: 'token_used' } }),
      ),
  },
  {
    name: 'a certificate stands whose token was refused',
    rule: 'unasked_certificate',
    plant: (history) => {
      const token = 'late'
      const answer = { status: 'refused', reason: 'provisioner_unknown' } as const
      const { final, ...rest } = append(history, signOf({ token, provisioner: 'nobody', answer }))
      const certificates = [...final.certificates, { serial: 'another', token, key: 'another' }]
      return { ...rest, final: { ...final, certificates } }
    },
  },
  {
    name: 'a renewal stands that nobody asked for',
    rule: 'unasked_certificate',
    plant: (history) => {
      const { final } = history
      const former = final.certificates[0]
      if (former === undefined) return undefined
      const made = { ...former, predecessor: former.serial }
      const extra = Array.from({ length: history.operations.length }, (_, index) => {
        return { ...made, serial: `another-${index}` }
      })
      return { ...history, final: { ...final, certificates: [...final.certificates, ...extra] } }
    },
  },
  {
    name: 'a token is spent and its certificate was not kept',
    rule: 'half_done',
    plant: ({ final, ...rest }) => ({
      ...rest,
      final: { ...final, spentFor: [...final.spentFor, 'nothing'] },
    }),
  },
  {
    name: 'a certificate is kept and its token is not spent',
    rule: 'half_done',
    plant: ({ final, ...rest }) => {
      if (final.spentFor.length === 0) return undefined
      return { ...rest, final: { ...final, spentFor: final.spentFor.slice(1) } }
    },
  },
  {
    name: 'a revoked certificate is renewed',
    rule: 'renewed_after_revocation',
    plant: (history) => {
      const serial = findRevoked(history)?.serial
      const answer = { status: 'ok', serial: 'another' } as const
      return serial === undefined
        ? undefined
        : append(history, { kind: 'renew', ...late, instance: 'ca-1', serial, answer })
    },
  },
  {
    name: 'a renewal under way escapes the revocation of what it came of',
    rule: 'kin_unrevoked',
    plant: (history) => {
      const revocation = findRevoked(history, { withRenewals: true })
      const { final } = history
      if (revocation === undefined) return undefined
      const { serial } = revocation
      const token = tokenOf(history, serial)
      const made = { serial: 'another', predecessor: serial, token, key: 'another' }
      return { ...history, final: { ...final, certificates: [...final.certificates, made] } }
    },
  },
  {
    name: 'a removed provisioner issues',
    rule: 'issued_after_removal',
    plant: (history) => {
      const provisioner = findChanged(history, 'remove')
      const answer = { status: 'ok', serial: 'another' } as const
      return provisioner === undefined
        ? undefined
        : append(history, signOf({ provisioner, answer }))
    },
  },
  {
    name: 'a provisioner issues before anybody adds it',
    rule: 'issued_after_removal',
    plant: (history) => {
      const provisioner = findChanged(history, 'add')
      const answer = { status: 'ok', serial: 'another' } as const
      const early = { begin: -1e9, end: 1 - 1e9 }
      return provisioner === undefined
        ? undefined
        : append(history, { ...signOf({ provisioner, answer }), ...early })
    },
  },
  {
    name: 'a provisioner that was added is not known',
    rule: 'known_provisioner_refused',
    plant: (history) => {
      const removed = new Set(changesOf(history, ['remove']).map(({ provisioner }) => provisioner))
      const added = changesOf(history, ['add']).filter(({ answer }) => answer.status === 'ok')
      const provisioner = ['first', ...added.map((each) => each.provisioner)].find(
        (name) => !removed.has(name),
      )
      const answer = { status: 'refused', reason: 'provisioner_unknown' } as const
      return provisioner === undefined
        ? undefined
        : append(history, signOf({ provisioner, answer }))
    },
  },
  {
    name: 'two changes become one revision',
    rule: 'revision_twice',
    plant: (history) => {
      const revision = findRevision(history)
      if (revision === undefined) return undefined
      const answer = { status: 'ok', revision } as const
      return append(history, { kind: 'add', ...late, provisioner: 'another', answer })
    },
  },
  {
    name: 'an instance goes back to an earlier configuration',
    rule: 'configuration_backwards',
    plant: (history) => {
      const former = history.operations.filter(isKind('observe')).find((each) => each.revision > 0)
      if (former === undefined) return undefined
      return append(history, { ...former, ...late, revision: former.revision - 1 })
    },
  },
  {
    name: 'an instance stays behind',
    rule: 'configuration_behind',
    plant: (history) => {
      const revision = findRevision(history)
      if (revision === undefined) return undefined
      const observation = { kind: 'observe', ...late, instance: 'ca-9', revision: 0 } as const
      return append(history, observation)
    },
  },
]

/** After everything else. */
const late = { begin: 1e9, end: 1e9 + 1 }

function signOf(change: Pick<SignOperation, 'answer'> & Partial<SignOperation>): SignOperation {
  return { kind: 'sign', ...late, instance: 'ca-1', token: 'late', provisioner: 'first', ...change }
}

function append(history: History, ...more: readonly Operation[]): History {
  return { ...history, operations: [...history.operations, ...more] }
}

function findAccepted({ operations }: History): { token: string; serial: string } | undefined {
  for (const { token, answer } of operations.filter(isKind('sign'))) {
    if (answer.status === 'ok') return { token, serial: answer.serial }
  }
  return undefined
}

function withoutCertificate({ final, ...rest }: History, lost: string): History {
  const certificates = final.certificates.filter(({ serial }) => serial !== lost)
  return { ...rest, final: { ...final, certificates } }
}

function findRevoked(
  { operations }: History,
  { withRenewals }: { readonly withRenewals?: boolean } = {},
): { readonly serial: string } | undefined {
  return operations
    .filter(isKind('revoke'))
    .find(
      (each) =>
        each.answer.status === 'ok' &&
        (withRenewals === undefined || each.withRenewals === withRenewals),
    )
}

function findRevision(history: History): number | undefined {
  for (const { answer } of changesOf(history)) {
    if (answer.status === 'ok') return answer.revision
  }
  return undefined
}

function findChanged(history: History, kind: 'add' | 'remove'): string | undefined {
  return changesOf(history, [kind]).find(({ answer }) => answer.status === 'ok')?.provisioner
}

function tokenOf({ final }: History, wanted: string): string {
  return final.certificates.find(({ serial }) => serial === wanted)?.token ?? ''
}
