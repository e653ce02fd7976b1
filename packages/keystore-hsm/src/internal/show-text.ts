/**
 * Makes a message that may quote what came from outside fit for a terminal and a log: control and
 * direction characters become `\u…`, and what is longer than 2,000 characters is cut.
 */
export function showMessage(message: string): string {
  const shown = message.length > maximumLength ? `${message.slice(0, maximumLength)}…` : message
  return shown.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}

const maximumLength = 2000
