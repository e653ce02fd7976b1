import type { ImportProgress } from '@mayfly/authority-host'
import type { Io } from '../io.ts'

/** Shows how far an import is. */
export interface ProgressDisplay {
  show(progress: ImportProgress): void
  /** Leaves a clean line. */
  end(): void
}

/** Draws a bar on standard error where that is a terminal; elsewhere it writes a line for each table that is done. */
export function createProgressDisplay({ stderr }: Pick<Io, 'stderr'>): ProgressDisplay {
  const isTerminal = 'isTTY' in stderr && stderr.isTTY === true
  return isTerminal ? drawBar(stderr) : writeLines(stderr)
}

function drawBar(stderr: Io['stderr']): ProgressDisplay {
  let drawn = ''
  let table = ''
  function draw(line: string): void {
    if (line === drawn) return
    drawn = line
    stderr.write(`\r${line}\u001b[K`)
  }
  return {
    show(progress) {
      if (progress.rows === 0) return
      if (table !== '' && table !== progress.table) stderr.write('\n')
      table = progress.table
      draw(formatBar(progress))
    },
    end() {
      if (table !== '') stderr.write('\n')
    },
  }
}

function formatBar({ table, read, rows }: ImportProgress): string {
  const part = Math.min(1, read / Math.max(rows, 1))
  const full = Math.floor(part * barWidth)
  const bar = '█'.repeat(full) + '░'.repeat(barWidth - full)
  return `${table.padEnd(nameWidth)} ${bar} ${`${Math.floor(part * 100)}`.padStart(3)} %  ${read}/${rows}`
}

function writeLines(stderr: Io['stderr']): ProgressDisplay {
  let told = ''
  return {
    show({ table, read, rows }) {
      if (rows === 0 || read < rows || told === table) return
      told = table
      stderr.write(`${table}: ${read} of ${rows} rows\n`)
    },
    end: () => undefined,
  }
}

const barWidth = 30
const nameWidth = 'acme_external_account_keys'.length
