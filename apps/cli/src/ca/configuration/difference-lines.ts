import { printable } from '../../framework/printable.ts'
import type { Difference } from './differences.ts'

/** Writes differences as lines: `+` what is new, `-` what is gone, `~` what changed. */
export function formatDifferences(differences: readonly Difference[]): string {
  return differences.map((each) => `${printable(formatDifference(each))}\n`).join('')
}

function formatDifference({ path, before, after }: Difference): string {
  if (before === undefined) return `+ ${path}: ${formatValue(after)}`
  if (after === undefined) return `- ${path}: ${formatValue(before)}`
  return `~ ${path}: ${formatValue(before)} -> ${formatValue(after)}`
}

/** A sealed key or a list of roots would fill the screen. */
function formatValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}

const longest = 160
