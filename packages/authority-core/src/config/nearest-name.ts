/**
 * Returns the name that was probably meant: the nearest within two edits (one for a name below five letters), upper
 * and lower case being the same. An edit is a letter more, less or another.
 */
export function findNearest(name: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((candidate) => ({ candidate, edits: countEdits(name, candidate) }))
    .filter(({ candidate, edits }) => edits <= (candidate.length < 5 ? 1 : 2))
    .toSorted((one, other) => one.edits - other.edits)
  return nearest?.candidate
}

/** Levenshtein's distance. What differs in length by more than two is far apart, and not counted. */
function countEdits(name: string, candidate: string): number {
  if (Math.abs(name.length - candidate.length) > 2) return Number.POSITIVE_INFINITY
  const [from, to] = [[...name.toLowerCase()], [...candidate.toLowerCase()]]
  const start = Array.from({ length: to.length + 1 }, (_, column) => column)
  const last = from.reduce((above, letter, row) => {
    const current = [row + 1]
    to.forEach((other, column) => {
      current.push(
        Math.min(
          cell(current, column) + 1,
          cell(above, column + 1) + 1,
          cell(above, column) + (letter === other ? 0 : 1),
        ),
      )
    })
    return current
  }, start)
  return cell(last, to.length)
}

function cell(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
