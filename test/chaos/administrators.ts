import { setTimeout } from 'node:timers/promises'
import {
  createConfigurationKey,
  importConfiguration,
  openSharedConfiguration,
  type SharedConfiguration,
} from '../../packages/authority-host/src/index.ts'
import type { Answer, ChangeOperation } from './history.ts'
import type { RandomSource } from './random-source.ts'
import type { Recorder } from './recorder.ts'

const password = 'the configuration is shared'

/** Puts the shared part of a `ca.json` into its database, as revision 1. */
export async function shareConfiguration(configurationPath: string): Promise<void> {
  await createConfigurationKey({ configurationPath, password })
  await importConfiguration({
    configurationPath,
    author: 'chaos',
    comment: 'the beginning',
    configurationKeyPassword: async () => password,
    now: () => new Date(),
  })
}

export interface AdministratorsOptions {
  /** A `ca.json` whose configuration is shared. */
  readonly configurationPath: string
  readonly random: RandomSource
  readonly recorder: Recorder
  /** How many work at once, each without asking the others. */
  readonly count: number
  /** Filled with the names that were added of late; some are gone again. */
  readonly names: string[]
  /** Told of each provisioner as soon as its removal is acknowledged. */
  readonly onRemoved: (provisioner: string) => Promise<void>
}

/** Adds and removes provisioners, each name once, until it is ended. */
export async function startAdministrators(
  options: AdministratorsOptions,
): Promise<{ end(): Promise<void> }> {
  const { configurationPath, random, recorder, names } = options
  let added = 0
  let isEnding = false

  async function change(shared: SharedConfiguration): Promise<void> {
    const current = await shared.current()
    if (current === undefined) throw new Error('there is no revision')
    const document = documentOf(current.document)
    const { provisioners } = document.authority
    const [first, ...others] = provisioners
    const removed = others.length > 2 || random.once(3) ? others[0] : undefined
    const kind = removed === undefined ? 'add' : 'remove'
    const name = removed?.name ?? `provisioner-${++added}`
    if (removed === undefined) names.push(name)
    const changed =
      removed === undefined
        ? [...provisioners, { ...first, name }]
        : provisioners.filter((each) => each !== removed)
    const { number: parent } = current
    const { given: answer, span } = await recorder.time(() =>
      attempt(shared, parent, {
        ...document,
        authority: { ...document.authority, provisioners: changed },
      }),
    )
    recorder.add(() => ({ kind, ...span, provisioner: name, answer }))
    if (names.length > mostNames) names.shift()
    if (kind === 'remove' && answer.status === 'ok') await options.onRemoved(name)
  }

  const loops = await Promise.all(
    Array.from({ length: options.count }, async () => {
      const shared = await openSharedConfiguration({
        configurationPath,
        configurationKeyPassword: async () => password,
        now: () => new Date(),
      })
      return async (): Promise<void> => {
        while (!isEnding) {
          // What cannot be read now, its session killed, can be later.
          await change(shared).catch(assertUnavailable)
          await setTimeout(random.between(0, restMilliseconds))
        }
        await shared[Symbol.asyncDispose]()
      }
    }),
  )
  const running = Promise.all(loops.map((loop) => loop()))
  return {
    end: async () => {
      isEnding = true
      await running
    },
  }
}

async function attempt(
  shared: SharedConfiguration,
  parent: number,
  document: SharedDocument,
): Promise<ChangeOperation['answer']> {
  try {
    const draft = { parent, document: { ...document }, author: 'chaos', comment: '' }
    return { status: 'ok', revision: (await shared.commit(draft)).number }
  } catch (error) {
    return answerOf(error)
  }
}

function answerOf(error: unknown): Answer<never> {
  const code = codeOf(error)
  if (code === 'revision_conflict') return { status: 'refused', reason: 'conflict' }
  if (unavailable.has(code)) return { status: 'unknown' }
  return { status: 'broken', detail: String(error) }
}

function assertUnavailable(error: unknown): void {
  if (!unavailable.has(codeOf(error))) throw error
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

const unavailable: ReadonlySet<string> = new Set([
  'store_unavailable',
  'store_busy',
  'commit_uncertain',
])

/** What is changed of the shared configuration. */
interface SharedDocument {
  readonly authority: { readonly provisioners: readonly { readonly name: string }[] }
}

function documentOf(document: unknown): SharedDocument {
  return document as SharedDocument
}

const mostNames = 4
const restMilliseconds = 800
