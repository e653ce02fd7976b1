import { jsonTokens } from './json.ts'
import { escapeUnits } from './show-text.ts'

/**
 * Indents valid JSON by two spaces as Go's encoder does: members, numbers and strings stay as they
 * are spelled, empty arrays and objects stay on one line, and `<`, `>`, `&`, U+2028 and U+2029 are
 * escaped. So are control and direction characters, which Go leaves for the terminal to obey.
 */
export function indentJson(text: string, depth = 0): string {
  let level = depth
  let output = ''
  let previous = ''
  for (const { token } of jsonTokens(text)) {
    const isClosing = token === '}' || token === ']'
    const isAfterOpening = previous === '{' || previous === '['
    if (isClosing) level -= 1
    if (isClosing ? !isAfterOpening : isAfterOpening || previous === ',') {
      output += `\n${'  '.repeat(level)}`
    }
    output += token === ':' ? ': ' : escapeText(token)
    if (token === '{' || token === '[') level += 1
    previous = token
  }
  return output
}

/** In strings alone do these characters stand, so JSON's own escapes say the same. */
function escapeText(token: string): string {
  return token.replace(/[<>&\u2028\u2029\p{Cc}\p{Cf}]/gu, escapeUnits)
}
