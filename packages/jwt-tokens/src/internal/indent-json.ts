import { jsonTokens } from './json.ts'

/**
 * Indents valid JSON by two spaces as Go's encoder does: members, numbers and strings stay as they
 * are spelled, empty arrays and objects stay on one line, and `<`, `>`, `&`, U+2028 and U+2029 are
 * escaped.
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
    output += token === ':' ? ': ' : escapeForHtml(token)
    if (token === '{' || token === '[') level += 1
    previous = token
  }
  return output
}

function escapeForHtml(token: string): string {
  return token.replace(
    /[<>&\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
