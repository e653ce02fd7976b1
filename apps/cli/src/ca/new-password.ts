import { generatePassword } from '@mayfly/keystore-hsm'
import { reportLine } from '../framework/report.ts'
import type { Io } from '../io.ts'
import type { Questions } from '../terminal/questions.ts'

/** Asks for a new password; at an empty answer makes one up, which is shown and can be edited. */
export async function chooseNewPassword(
  io: Io,
  { askPassword, askText }: Questions,
  {
    label,
    neededBy,
  }: {
    readonly label: string
    /** What will ask for the password again, as the end of a sentence. */
    readonly neededBy: string
  },
): Promise<string> {
  const typed = await askPassword(label)
  if (typed !== '') return typed
  reportLine(io, `Store the generated password well: it is kept nowhere, and ${neededBy} it.`)
  reportLine(io, 'Press Enter to keep this password, or edit it:')
  return await askText('Password', {
    initial: generatePassword(io.random),
    validate: (answer) => (answer.trim() === '' ? 'value is empty' : undefined),
  })
}
