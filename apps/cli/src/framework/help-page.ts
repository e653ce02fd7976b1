import type { CommandDefinition, FlagDefinition } from './command-definition.ts'
import type { CommandGroup } from './command-tree.ts'

/** The help page of one command. */
export function commandHelpPage(name: string, command: CommandDefinition): string {
  const flags = Object.entries(command.flags).filter(([, flag]) => flag.hidden !== true)
  const usage = [name, command.usage, flags.length === 0 ? '' : '[flags]']
  return page([
    ['NAME', `${name} -- ${command.summary}`],
    ['USAGE', usage.filter((part) => part !== '').join(' ')],
    ['DESCRIPTION', wrapped(command.description)],
    ['OPTIONS', [...flags.map(flagEntry), helpEntry].join('\n\n')],
    ['EXAMPLE', command.example],
  ])
}

/** The help page of a group, with its commands. */
export function groupHelpPage(name: string, group: CommandGroup): string {
  const width = Math.max(...Object.keys(group.members).map((member) => member.length))
  return page([
    ['NAME', `${name} -- ${group.summary}`],
    ['USAGE', `${name} command [options] [arguments]`],
    ['DESCRIPTION', wrapped(group.description)],
    ['OPTIONS', helpEntry],
    ['EXAMPLE', group.example],
    [
      'COMMANDS',
      Object.entries(group.members)
        .map(([member, { summary }]) => `${member.padEnd(width)}  ${summary}`)
        .join('\n'),
    ],
  ])
}

function page(sections: readonly (readonly [title: string, text: string])[]): string {
  return sections.map(([title, text]) => `${title}\n${indented(text, 6)}\n`).join('\n')
}

function flagEntry([name, flag]: readonly [string, FlagDefinition]): string {
  const value = flag.type === 'boolean' ? '' : `=${flag.value ?? flag.type}`
  const names = [name, ...(flag.aliases ?? [])].map(
    (each) => `${each.length === 1 ? '-' : '--'}${each}${value}`,
  )
  const help = flag.repeatable ? `${flag.help} May be given several times.` : flag.help
  return `${names.join(', ')}\n${indented(wrapped(help, 70), 4)}`
}

const helpEntry = '--help, -h\n    show help'

function wrapped(text: string, width = 74): string {
  return text
    .split('\n')
    .map((paragraph) => {
      const lines: string[] = []
      let line = ''
      for (const word of paragraph.split(' ')) {
        if (line !== '' && line.length + 1 + word.length > width) {
          lines.push(line)
          line = word
        } else {
          line = line === '' ? word : `${line} ${word}`
        }
      }
      return [...lines, line].join('\n')
    })
    .join('\n')
}

function indented(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? '' : ' '.repeat(columns) + line))
    .join('\n')
}
