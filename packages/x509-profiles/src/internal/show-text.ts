/** Makes text of unknown origin fit for a terminal: control and direction characters become `\u…`. */
export function showText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, escapeUnits)
}

/** As {@link showText} for a message that may quote such text: cut where it exceeds 2,000 characters. */
export function showMessage(message: string): string {
  return showText(message.length > maximumLength ? `${message.slice(0, maximumLength)}…` : message)
}

/** Writes each UTF-16 unit as JSON escapes it: `\u009b`. */
export function escapeUnits(text: string): string {
  return Array.from({ length: text.length }, (_, index) => {
    return `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`
  }).join('')
}

const maximumLength = 2000
