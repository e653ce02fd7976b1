import { loadRetentionRules, openDatabase } from '@mayfly/authority-host'
import { nameConfiguration } from '../../database/database-configuration.ts'
import { databaseFlags } from '../../database/database-flags.ts'
import { createProgressDisplay } from '../../database/import-progress.ts'
import type { PruneCounts, RetentionRules, Store } from '../../database/store-types.ts'
import { type CommandDefinition, defineCommand } from '../../framework/command-definition.ts'
import { CommandError } from '../../framework/errors.ts'
import { printableJson } from '../../framework/printable.ts'
import { writeResult } from '../../framework/report.ts'
import type { Io } from '../../io.ts'

export const command: CommandDefinition = defineCommand({
  usage: '',
  summary: 'delete what has outlived its use',
  description:
    'mayfly db prune deletes what a server deletes by itself every ten minutes: tokens that were spent, a day after nobody would take them any more, and nonces of ACME, an hour after; orders of ACME, thirty days after they or their certificates have expired; certificates, "mayfly.retention.certificates" after they have ended (2160h), and their revocations with them, but nothing that could still be renewed; audit entries only where "mayfly.retention.audit" says how old they may become. Revisions of the configuration stay.\n\nAges are judged by the clock of the database. Few rows are deleted at a time, so that servers go on; it may be stopped at any moment.',
  example: '$ mayfly db prune --dry-run\n$ mayfly db prune',
  positional: { minimum: 0, maximum: 0 },
  flags: {
    ...databaseFlags,
    'dry-run': {
      type: 'boolean',
      environment: false,
      help: 'Count what is due, and delete nothing.',
    },
  },
  async run({ io, home, flags }) {
    const dryRun = flags['dry-run']
    const configurationPath = nameConfiguration(io, home, flags)
    await using database = await openDatabase({ configurationPath })
    const { store } = database
    const rules = await loadRetentionRules(database, { configurationPath })
    if (rules === undefined) throw disabled()
    await assertClocksAgree(io, store)
    const due = await store.retention.countDue(rules)
    const counts = dryRun ? due : await prune(io, store, { rules, due })
    writeResult(
      io,
      flags.json
        ? `${printableJson(JSON.stringify({ dryRun, ...counts }, undefined, 2))}\n`
        : describe(counts, dryRun),
    )
    return 0
  },
})

async function prune(
  io: Io,
  store: Store,
  { rules, due }: { readonly rules: RetentionRules; readonly due: PruneCounts },
): Promise<PruneCounts> {
  const display = createProgressDisplay(io)
  const rows = sum(due)
  try {
    const { counts } = await store.retention.prune({
      rules,
      onProgress: (counts) => display.show({ table: 'pruned', read: sum(counts), rows }),
    })
    return counts
  } finally {
    display.end()
  }
}

/** One of them is wrong, and by a wrong one everything might be due. */
async function assertClocksAgree(io: Io, store: Store): Promise<void> {
  const offsetSeconds = (io.now().getTime() - (await store.readClock()).getTime()) / 1000
  if (Math.abs(offsetSeconds) <= farSeconds) return
  const seconds = Math.abs(offsetSeconds).toFixed(0)
  throw new CommandError(
    'database_unfit',
    `the clocks of this machine and of the database are ${seconds} s apart, and one of them is wrong`,
    { hint: 'nothing was deleted; set the clock that is wrong' },
  )
}

function disabled(): CommandError {
  return new CommandError(
    'database_unfit',
    'mayfly.retention.enabled is false: nothing is deleted',
    {
      hint: 'set it to true, or leave it out',
    },
  )
}

function describe(counts: PruneCounts, dryRun: boolean): string {
  if (sum(counts) === 0) return 'Nothing is due.\n'
  const parts = [
    `${counts.certificates} certificates`,
    `${counts.revocations} revocations`,
    `${counts.spentTokens} spent tokens`,
    `${counts.auditEntries} audit entries`,
    `${counts.spentNonces} spent nonces`,
    `${counts.orders} orders`,
  ]
  return `${dryRun ? 'Would delete' : 'Deleted'} ${parts.join(', ')}.\n`
}

function sum(counts: PruneCounts): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}

const farSeconds = 300
