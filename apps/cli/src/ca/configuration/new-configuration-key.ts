import { resolve } from 'node:path'
import { createConfigurationKey } from '@mayfly/authority-host'
import { loadFirstPassword } from '../../files/password.ts'
import { CommandError } from '../../framework/errors.ts'
import { reportFact } from '../../framework/report.ts'
import { withQuestions } from '../../terminal/questions.ts'
import { configurationPathOf } from '../configuration-path.ts'
import { chooseNewPassword } from '../new-password.ts'
import type { SharedInvocation } from './shared.ts'

/** A key that was made. */
export interface MadeConfigurationKey {
  /** Typed once, it serves for what is signed next. */
  readonly password: string
  readonly keyPath: string
  readonly publicKeyPath: string
}

/** Makes the key that signs revisions, and tells where it is. */
export async function makeConfigurationKey(
  { io, home, flags }: SharedInvocation,
  {
    force,
    keyPath: givenKey,
    publicKeyPath: givenPublicKey,
  }: {
    readonly force: boolean
    /** Where it goes instead of where the configuration has it; counts from the working directory. */
    readonly keyPath?: string | undefined
    readonly publicKeyPath?: string | undefined
  },
): Promise<MadeConfigurationKey> {
  const password =
    (await loadFirstPassword(io, [flags['configuration-password-file']])) ??
    (await withQuestions(io, instead, (questions) =>
      chooseNewPassword(io, questions, {
        label:
          "Please enter a password to encrypt the configuration key? [leave empty and we'll generate one]",
        neededBy: 'whoever changes the shared configuration needs',
      }),
    ))
  const { keyPath, publicKeyPath, keyId } = await createConfigurationKey({
    configurationPath: configurationPathOf(home, flags),
    password,
    ...(givenKey === undefined ? {} : { keyPath: resolve(givenKey) }),
    ...(givenPublicKey === undefined ? {} : { publicKeyPath: resolve(givenPublicKey) }),
    overwrite: async (path) => {
      if (force) return true
      throw new CommandError('file_exists', `${path} exists`, {
        hint: 'with --force a new key takes its place, and revisions signed by the old one are refused',
      })
    },
  })
  reportFact(io, 'Configuration Key', keyPath)
  reportFact(io, 'Public Key', `${publicKeyPath} (${keyId})`)
  return { password, keyPath, publicKeyPath }
}

const instead =
  'the password of the new configuration key was to be asked: use --configuration-password-file FILE'
