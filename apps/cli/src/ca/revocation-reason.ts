import { CommandError } from '../framework/errors.ts'

/**
 * Reads a CRL reason, RFC 5280 §5.3.1: a number from 0 to 10, or its name in any case with blanks ignored.
 *
 * @throws {CommandError} `flag_invalid`
 */
export function parseReasonCode(text: string | undefined): number {
  if (text === undefined) return 0
  if (/^[+-]?\d+$/.test(text)) {
    const code = Number(text)
    if (code >= 0 && code <= 10) return code
    throw new CommandError(
      'flag_invalid',
      `reasonCode out of bounds. Got ${code}, but want value between 0 and 10`,
    )
  }
  const code = codeByName.get(text.replaceAll(' ', '').toLowerCase())
  if (code === undefined) {
    throw new CommandError('flag_invalid', `unrecognized revocation reason code '${text}'`)
  }
  return code
}

const codeByName: ReadonlyMap<string, number> = new Map([
  ['unspecified', 0],
  ['keycompromise', 1],
  ['cacompromise', 2],
  ['affiliationchanged', 3],
  ['superseded', 4],
  ['cessationofoperation', 5],
  ['certificatehold', 6],
  ['removefromcrl', 8],
  ['privilegewithdrawn', 9],
  ['aacompromise', 10],
])
