/**
 * Makes a message that may quote what came from outside fit for a terminal and a log: control and
 * direction characters become `\u…`, and what is longer than 2,000 characters is cut.
 */
export function showMessage(message: string): string {
  const shown = message.length > maximumLength ? `${message.slice(0, maximumLength)}…` : message
  return shown.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escapeUnits)
}

/** Writes each UTF-16 unit as JSON escapes it: `\u009b`. */
export function escapeUnits(text: string): string {
  return Array.from({ length: text.length }, (_, index) => {
    return `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`
  }).join('')
}

const maximumLength = 2000
