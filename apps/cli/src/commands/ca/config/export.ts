import { encodeCaConfiguration } from '@mayfly/authority-core/config'
import { exportConfiguration } from '@mayfly/authority-host'
import { sharedConfigurationFlags } from '../../../ca/configuration/shared.ts'
import { configurationPathOf } from '../../../ca/configuration-path.ts'
import { confirmOverwrite, writeOutputFile } from '../../../files/output-file.ts'
import { type CommandDefinition, defineCommand } from '../../../framework/command-definition.ts'
import { flagValueInvalid } from '../../../framework/errors.ts'
import { printableJson } from '../../../framework/printable.ts'
import { reportLine, writeResult } from '../../../framework/report.ts'

export const command: CommandDefinition = defineCommand({
  usage: '[<file>]',
  summary: 'print a revision as a ca.json',
  description:
    'mayfly ca config export prints the whole ca.json that this instance would go by without the database: its own part, and the shared part of a revision. With --shared it prints the shared part alone, to be changed and imported again.',
  example:
    '$ mayfly ca config export --shared > shared.json\n$ mayfly ca config export --revision 1 before.json',
  positional: { minimum: 0, maximum: 1 },
  flags: {
    ...sharedConfigurationFlags,
    revision: {
      type: 'integer',
      value: 'number',
      environment: false,
      help: 'The revision; the newest if left out.',
    },
    shared: { type: 'boolean', environment: false, help: 'Print the shared part alone.' },
    force: {
      type: 'boolean',
      aliases: ['f'],
      environment: 'F',
      help: 'Overwrite the file without asking.',
    },
  },
  async run({ io, home, positional, flags }) {
    const [file] = positional
    const { revision: number } = flags
    if (number !== undefined && number < 1) throw flagValueInvalid('revision', String(number))
    if (file !== undefined) await confirmOverwrite(io, file, flags)
    const { revision, whole, shared } = await exportConfiguration({
      configurationPath: configurationPathOf(home, flags),
      ...(number === undefined ? {} : { number }),
      now: io.now,
    })
    const text = `${printableJson(encodeCaConfiguration(flags.shared ? shared : whole))}\n`
    if (file === undefined) {
      writeResult(io, text)
    } else {
      await writeOutputFile(file, text)
      reportLine(io, `Revision ${revision.number} has been saved in ${file}.`)
    }
    return 0
  },
})
