import { describe, expect, test } from 'vitest'
import { commandTree } from '../../src/commands/index.ts'
import type { CommandGroup } from '../../src/framework/command-tree.ts'
import { runCaptured } from '../support/captured-io.ts'

const names = commandNames(commandTree)

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
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(140)
    },
  )

  test.each(names)('help %s prints the same page', async (name) => {
    const asked = await runCaptured(['help', ...name.split(' ')])
    const flag = await runCaptured([...name.split(' '), '--help'])
    expect(asked).toEqual(flag)
  })

  test.each(['', 'ca', 'ca provisioner', 'certificate', 'crypto', 'crypto jwt'])(
    'the group "%s" without a command lists its commands and exits 0',
    async (name) => {
      const { status, stdout } = await runCaptured(name === '' ? [] : name.split(' '))
      expect(status).toBe(0)
      expect(stdout).toContain('\nCOMMANDS\n')
    },
  )

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
