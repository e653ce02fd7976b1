import { describe, expect, test } from 'vitest'
import { commandTree } from '../src/commands/index.ts'
import { commandsNotOffered } from '../src/commands/not-offered.ts'
import { findCommand } from '../src/framework/command-tree.ts'
import { editDistance } from '../src/framework/edit-distance.ts'
import { runCaptured } from './support/captured-io.ts'

describe('a word that is no command', () => {
  test.each([
    { line: 'foo', topic: 'foo', hint: "'mayfly help' lists the commands." },
    { line: 'ca foo', topic: 'foo', hint: "'mayfly help ca' lists the commands." },
    {
      line: 'ca renw',
      topic: 'renw',
      hint: "Did you mean 'renew'? 'mayfly help ca' lists the commands.",
    },
    {
      line: 'ca certifciate a b c',
      topic: 'certifciate',
      hint: "Did you mean 'certificate'? 'mayfly help ca' lists the commands.",
    },
    {
      line: 'certificate inspec --short',
      topic: 'inspec',
      hint: "Did you mean 'inspect'? 'mayfly help certificate' lists the commands.",
    },
    {
      line: 'versoin',
      topic: 'versoin',
      hint: "Did you mean 'version'? 'mayfly help' lists the commands.",
    },
    {
      line: 'ca provisioner get',
      topic: 'get',
      hint: "'mayfly help ca provisioner' lists the commands.",
    },
    { line: 'help foo', topic: 'mayfly foo', hint: "'mayfly help' lists the commands." },
    {
      line: 'help ca rot',
      topic: 'mayfly ca rot',
      hint: "Did you mean 'root'? 'mayfly help ca' lists the commands.",
    },
    { line: '__proto__', topic: '__proto__', hint: "'mayfly help' lists the commands." },
    { line: 'ca constructor', topic: 'constructor', hint: "'mayfly help ca' lists the commands." },
  ])('mayfly $line: status 3', async ({ line, topic, hint }) => {
    expect(await runCaptured(line.split(' '))).toEqual({
      status: 3,
      stdout: '',
      stderr: `No help topic for '${topic}'\n${hint}\n`,
    })
  })
})

describe('a command of step that is not offered', () => {
  test.each([
    { line: 'ssh certificate a b', name: 'ssh' },
    { line: 'ssh --help', name: 'ssh' },
    { line: 'help ssh', name: 'ssh' },
    { line: 'oauth', name: 'oauth' },
    { line: 'ca acme eab list x', name: 'ca acme' },
    { line: 'ca policy authority view', name: 'ca policy' },
    { line: 'ca provisioner webhook add x y', name: 'ca provisioner webhook' },
    { line: 'crypto kdf hash a', name: 'crypto kdf' },
    { line: 'help crypto kdf', name: 'crypto kdf' },
    { line: 'oauth', name: 'oauth' },
  ])('mayfly $line is called that', async ({ line, name }) => {
    expect(await runCaptured(line.split(' '))).toEqual({
      status: 1,
      stdout: '',
      stderr: `'mayfly ${name}' is not offered yet; see docs/compatibility.md\n`,
    })
  })

  test.each([...commandsNotOffered])(
    '%s is not in the table of commands, but its group is',
    (name) => {
      expect(findCommand(commandTree, name.split(' '))).toMatchObject({
        kind: 'unknown',
        path: name.split(' ').slice(0, -1),
      })
    },
  )
})

describe('editDistance', () => {
  test.each([
    { one: 'renew', other: 'renew', distance: 0 },
    { one: 'renw', other: 'renew', distance: 1 },
    { one: 'renews', other: 'renew', distance: 1 },
    { one: 'rexew', other: 'renew', distance: 1 },
    { one: 'rneew', other: 'renew', distance: 1 },
    { one: 'rnew', other: 'renews', distance: 2 },
    { one: '', other: 'ca', distance: 2 },
  ])('of $one and $other is $distance', ({ one, other, distance }) => {
    expect(editDistance(one, other, { ceiling: 2 })).toBe(distance)
    expect(editDistance(other, one, { ceiling: 2 })).toBe(distance)
  })

  test('is above the ceiling for words that are far apart', () => {
    expect(editDistance('ca', 'certificate', { ceiling: 2 })).toBeGreaterThan(2)
    expect(editDistance('sign', 'root', { ceiling: 2 })).toBeGreaterThan(2)
  })
})
