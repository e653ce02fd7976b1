import { describe, expect, test } from 'vitest'
import { commandTree } from '../../src/commands/index.ts'
import { defineCommand } from '../../src/framework/command-definition.ts'
import { type CommandGroup, findCommand } from '../../src/framework/command-tree.ts'
import { commandHelpPage } from '../../src/framework/help-page.ts'
import { runCaptured } from '../support/captured-io.ts'

const names = commandNames(commandTree)
const groups = [{ name: '', group: commandTree }, ...groupsIn(commandTree)]

const anyCommand = {
  usage: '',
  summary: 's',
  description: 'd',
  example: '',
  flags: {},
  run: async () => 0,
}

describe('help', () => {
  test.each(names)(
    '%s --help shows its name, its flags and one example, and exits 0',
    async (name) => {
      const { status, stdout, stderr } = await runCaptured([...name.split(' '), '--help'])
      expect(status).toBe(0)
      expect(stderr).toBe('')
      expect(stdout).toContain(`NAME\n      mayfly ${name} -- `)
      expect(stdout).toContain('\nUSAGE\n')
      expect(stdout).toContain('\nEXAMPLE\n      $ ')
      expect(stdout).toContain('mayfly ')
      expect(stdout).toContain('--help, -h')
      expect(stdout).toContain('\nDESCRIPTION\n      ')
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    },
  )

  test.each(names)('help %s prints the same page', async (name) => {
    const asked = await runCaptured(['help', ...name.split(' ')])
    const flag = await runCaptured([...name.split(' '), '--help'])
    expect(asked).toEqual(flag)
  })

  test.each(groups)(
    'the group "$name" without a command lists its commands and exits 0',
    async ({ name, group }) => {
      const { status, stdout } = await runCaptured(name === '' ? [] : name.split(' '))
      expect(status).toBe(0)
      const [, commands = ''] = stdout.split('\nCOMMANDS\n')
      const listed = [...commands.matchAll(/^ {6}(\S+) +\S/gm)].map(([, each]) => each)
      expect(listed).toEqual(Object.keys(group.members).filter((each) => each !== 'h'))
      expect(stdout).toMatch(/\nEXAMPLE\n {6}\$ .*mayfly /)
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    },
  )

  test.each(names)(
    'the summary of %s is the same in its group and on its own page',
    async (name) => {
      const found = findCommand(commandTree, name.split(' '))
      if (found.kind !== 'command') throw new Error('it is a command')
      expect((await found.entry.load()).summary).toBe(found.entry.summary)
    },
  )

  test('an example that is too long goes on behind a backslash, not within quotes', () => {
    const example = `$ mayfly x ${'--flag value '.repeat(4)}--name "a b ${'c'.repeat(20)}" last`
    const page = commandHelpPage('mayfly x', { ...defineCommand(anyCommand), example })
    const [, shown = ''] = /EXAMPLE\n([\s\S]*)$/.exec(page) ?? []
    expect(shown.replaceAll(/ \\\n +/g, ' ').trim()).toBe(example)
    expect(shown.trimEnd().split('\n')).toHaveLength(2)
  })

  test.each(['--bogus', 'ca --bogus', 'ca token --bogus', 'ca token --bogus foo'])(
    '%s: an unknown flag shows the page on stdout, and on stderr the reason alone',
    async (line) => {
      const { status, stdout, stderr } = await runCaptured(line.split(' '))
      const reason = 'flag provided but not defined: -bogus'
      expect(status).toBe(1)
      expect(stdout.split(reason)).toHaveLength(2)
      expect(stdout).toMatch(/^Incorrect Usage: [^\n]*\n\nNAME\n[\s\S]*\n$/)
      expect(stderr).toBe(`${reason}\n`)
    },
  )
})

function commandNames(group: CommandGroup, path = ''): string[] {
  return Object.entries(group.members).flatMap(([name, member]) =>
    'load' in member ? [`${path}${name}`] : commandNames(member, `${path}${name} `),
  )
}

function groupsIn(group: CommandGroup, path = ''): { name: string; group: CommandGroup }[] {
  return Object.entries(group.members).flatMap(([name, member]) =>
    'load' in member
      ? []
      : [{ name: `${path}${name}`, group: member }, ...groupsIn(member, `${path}${name} `)],
  )
}
