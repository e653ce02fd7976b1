/** One line of a script, taken apart as a shell would. */
export interface ScriptLine {
  readonly number: number
  readonly text: string
  /** `!` stood in front: failure is what is wanted. */
  readonly negated: boolean
  /** `NAME=$( … )` */
  readonly variable: string | undefined
  readonly words: readonly string[]
  /** `echo WORDS |` stood in front. */
  readonly piped: string | undefined
  readonly from: string | undefined
  readonly to: string | undefined
}

/**
 * Parses a script: a command a line, `#` comments, quotes, `$NAME`, `< file`, `> file`, `echo … |`,
 * `NAME=$(…)`, and `\` at the end of a line that goes on.
 */
export function parseScript(text: string): readonly ScriptLine[] {
  return text
    .replaceAll('\\\n', '  ')
    .split('\n')
    .flatMap((line, index) => {
      const trimmed = line.trim()
      return trimmed === '' || trimmed.startsWith('#') ? [] : [parseLine(trimmed, index + 1)]
    })
}

function parseLine(text: string, number: number): ScriptLine {
  const negated = text.startsWith('! ')
  const body = negated ? text.slice(2).trim() : text
  const assignment = /^([A-Z_]+)=\$\((.*)\)$/.exec(body)
  const words = splitWords(assignment?.[2] ?? body)
  const pipe = words.indexOf('|')
  const command = pipe === -1 ? words : words.slice(pipe + 1)
  const { rest, from, to } = takeRedirections(command)
  return {
    number,
    text,
    negated,
    variable: assignment?.[1],
    words: rest,
    piped: pipe === -1 ? undefined : `${words.slice(1, pipe).join(' ')}\n`,
    from,
    to,
  }
}

function takeRedirections(words: readonly string[]): {
  rest: string[]
  from: string | undefined
  to: string | undefined
} {
  const rest: string[] = []
  let from: string | undefined
  let to: string | undefined
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? ''
    if (word === '<' || word === '>') {
      index += 1
      if (word === '<') from = words[index]
      else to = words[index]
    } else {
      rest.push(word)
    }
  }
  return { rest, from, to }
}

/** Splits at blanks; quotes hold words together and are dropped. */
function splitWords(text: string): string[] {
  const words: string[] = []
  for (const match of text.matchAll(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g)) {
    words.push(match[0].replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double))
  }
  return words
}
