import { parseCommandLine } from './command/command-line.ts'
import { help, versionHelp } from './command/help.ts'
import type { Io } from './command/io.ts'
import { serve } from './command/serve.ts'
import { describeVersion, releaseDate } from './version.ts'

/** Does what a command line asks for and returns the exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const invocation = parseCommandLine(argv)
  switch (invocation.kind) {
    case 'serve':
      return serve(invocation, io)
    case 'help':
      return showHelp(invocation.topic, io)
    case 'version':
      io.stdout.write(`${describeVersion(io.platform)}\nRelease Date: ${releaseDate}\n`)
      return 0
    case 'mistake':
      if (invocation.showsHelp) io.stdout.write(`Incorrect Usage. ${invocation.message}\n\n${help}`)
      io.stderr.write(`${invocation.message}\n`)
      return 1
  }
}

function showHelp(topic: string | undefined, io: Io): number {
  if (topic === undefined || topic === 'version') {
    io.stdout.write(topic === undefined ? help : versionHelp)
    return 0
  }
  io.stderr.write(`No help topic for 'mayfly-ca ${topic}'\n`)
  return 3
}
