/**
 * Makes one line of text of unknown origin fit for a terminal: what would move the cursor, begin a line of its own or
 * turn the order of reading becomes `\u…`.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, escaped)
}

/** As {@link printable}, for text of several lines. */
export function printableLines(text: string): string {
  return text.replace(/(?![\n\t])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, escaped)
}

/** Escapes in JSON what `JSON.stringify` leaves alone and a terminal may obey; the value stays the same. */
export function printableJson(json: string): string {
  return json.replace(/[\u007f-\u009f\p{Bidi_Control}\u2028\u2029]/gu, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
