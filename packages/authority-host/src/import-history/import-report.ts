/** What became of the rows of one of step-ca's tables. `read` is the sum of the four that follow it. */
export interface ImportTableReport {
  readonly table: string
  /** How many rows the table has. */
  readonly rows: number
  readonly read: number
  readonly imported: number
  /** Was there before, from an earlier import or otherwise. */
  readonly present: number
  /** Can no longer matter, such as a token that has expired; `notes` say why. */
  readonly unneeded: number
  /** Was not taken over; `refusals` say why. */
  readonly refused: number
  /** The first ones. */
  readonly refusals: readonly ImportRefusal[]
  /** What else there is to know, and of how many rows. */
  readonly notes: Readonly<Record<string, number>>
}

/** A row that was not taken over. */
export interface ImportRefusal {
  /** The row's key: of a certificate its serial number. */
  readonly key: string
  readonly reason: string
}

/** What an import has done. */
export interface ImportReport {
  /** Where the data lies, without a password. */
  readonly source: string
  /** Whether nothing was written. */
  readonly dryRun: boolean
  /** Whether an earlier run had begun. */
  readonly resumed: boolean
  readonly tables: readonly ImportTableReport[]
  /** Tables that hold rows of which nothing is taken over. */
  readonly left: readonly { readonly table: string; readonly rows: number; readonly why: string }[]
  /** Whether step-ca has written meanwhile: some of it may have been missed, and the next run finds it. */
  readonly changed: boolean
}

/** The same while it grows. */
export interface TableTally {
  cursor: string
  done: boolean
  read: number
  imported: number
  present: number
  unneeded: number
  refused: number
  refusals: ImportRefusal[]
  notes: Record<string, number>
}

export function createTally(): TableTally {
  return {
    cursor: '',
    done: false,
    read: 0,
    imported: 0,
    present: 0,
    unneeded: 0,
    refused: 0,
    refusals: [],
    notes: {},
  }
}

/** Counts a row that is not taken over. */
export function tallyRefusal(tally: TableTally, refusal: ImportRefusal): void {
  tally.refused += 1
  if (tally.refusals.length < maximumRefusals) tally.refusals.push(refusal)
}

/** Counts a note. */
export function tallyNote({ notes }: TableTally, note: string): void {
  const isRoom = Object.hasOwn(notes, note) || Object.keys(notes).length < maximumNotes
  const counted = isRoom ? note : furtherNotes
  notes[counted] = (notes[counted] ?? 0) + 1
}

/** They are kept with the import: a run that goes on tells what the one before it had to say. */
const maximumRefusals = 50
const maximumNotes = 20
const furtherNotes = 'further notes of other kinds'
