import type { CommandDefinition, FlagDefinition } from './command-definition.ts'
import type { CommandGroup } from './command-tree.ts'

/** The help page of one command, 80 columns wide. */
export function commandHelpPage(name: string, command: CommandDefinition): string {
  const flags = Object.entries(command.flags).filter(([, flag]) => flag.hidden !== true)
  const usage = [name, command.usage, flags.length === 0 ? '' : '[flags]']
  return page([
    ['NAME', wrapped(`${name} -- ${command.summary}`, { hanging: 4 })],
    ['USAGE', wrapped(usage.filter((part) => part !== '').join(' '), { hanging: 4 })],
    ['DESCRIPTION', wrapped(command.description)],
    ['OPTIONS', [...flags.map(flagEntry), helpEntry].join('\n\n')],
    ['EXAMPLE', wrappedShell(command.example)],
  ])
}

/** The help page of a group, with its commands, 80 columns wide. */
export function groupHelpPage(name: string, group: CommandGroup): string {
  const names = Object.keys(group.members).filter((member) => member.length > 1)
  const width = Math.max(...names.map((member) => member.length)) + 2
  const commands = names.map((member) => {
    const summary = group.members[member]?.summary ?? ''
    return `${member.padEnd(width)}${wrapped(summary, { width: pageWidth - width, hanging: 0 })}`
      .split('\n')
      .map((line, index) => (index === 0 ? line : `${' '.repeat(width)}${line}`))
      .join('\n')
  })
  return page([
    ['NAME', wrapped(`${name} -- ${group.summary}`, { hanging: 4 })],
    ['USAGE', `${name} command [options] [arguments]`],
    ['DESCRIPTION', wrapped(group.description)],
    ['OPTIONS', helpEntry],
    ['EXAMPLE', wrappedShell(group.example)],
    ['COMMANDS', commands.join('\n')],
  ])
}

function page(sections: readonly (readonly [title: string, text: string])[]): string {
  return sections.map(([title, text]) => `${title}\n${indented(text, margin)}\n`).join('\n')
}

function flagEntry([name, flag]: readonly [string, FlagDefinition]): string {
  const value = flag.type === 'boolean' ? '' : `=${flag.value ?? flag.type}`
  const names = [name, ...(flag.aliases ?? [])].map(
    (each) => `${each.length === 1 ? '-' : '--'}${each}${value}`,
  )
  const help = flag.repeatable ? `${flag.help} May be given several times.` : flag.help
  const shown = wrapped(names.join(', '), { hanging: 0 })
  return `${shown}\n${indented(wrapped(help, { width: pageWidth - 4 }), 4)}`
}

const helpEntry = '--help, -h\n    show help'

/** Breaks lines between words; what is broken goes on `hanging` columns further in. */
function wrapped(
  text: string,
  { width = pageWidth, hanging = 0 }: { readonly width?: number; readonly hanging?: number } = {},
): string {
  return text
    .split('\n')
    .map((paragraph) =>
      fill(paragraph.split(' '), { width, hanging }).join(`\n${' '.repeat(hanging)}`),
    )
    .join('\n')
}

/** Breaks command lines where a shell lets them go on, at a space outside of quotes. */
function wrappedShell(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      if (line.length <= pageWidth) return line
      const words = line.match(shellWords) ?? []
      return fill(words, { width: pageWidth - 2, hanging: 2 }).join(' \\\n  ')
    })
    .join('\n')
}

function fill(
  words: readonly string[],
  { width, hanging }: { readonly width: number; readonly hanging: number },
): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    const room = width - (lines.length === 0 ? 0 : hanging)
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

function indented(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : ' '.repeat(columns) + line))
    .join('\n')
}

const margin = 6
const pageWidth = 80 - margin

/** Words with the quoted parts in them; the space that begins a line that goes on stays with its word. */
const shellWords = /^ *(?:'[^']*'|"[^"]*"|[^\s'"])+|(?:'[^']*'|"[^"]*"|[^\s'"])+/g
