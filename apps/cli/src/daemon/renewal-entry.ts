import type { RekeyClient, RenewalEntry } from '@mayfly/renew-scheduler'
import { loadFirstPassword } from '../files/password.ts'
import type { Io } from '../io.ts'
import type { DaemonLog } from './daemon-log.ts'
import { createRenewalHook } from './renewal-hook.ts'
import type { ConfiguredRenewal } from './renewals-configuration.ts'

/** What all renewals of a list have in common. */
export interface RenewalDefaults {
  readonly client: RekeyClient
  /** Where the list does not say. */
  readonly mtls: boolean
  /** The password of keys for which the list names no file. */
  readonly passwordFile: string | undefined
}

/** Makes of a configured renewal what the keeper takes. */
export function toRenewalEntry(
  io: Io,
  log: DaemonLog,
  renewal: ConfiguredRenewal,
  { client, ...defaults }: RenewalDefaults,
): RenewalEntry {
  const { certificate, key, out, mtls = defaults.mtls, rekey } = renewal
  const { passwordFile = defaults.passwordFile, pid, pidFile, signal = 1, exec } = renewal
  const tell = createRenewalHook(io, log, { pid, pidFile, signal, exec })
  const fields = {
    certificatePath: certificate,
    out,
    expiresInMilliseconds: renewal.expiresIn,
    renewPeriodMilliseconds: renewal.renewPeriod,
    onRenewed: (_: unknown, stop: AbortSignal) => tell(stop),
    key: {
      path: key,
      password:
        passwordFile === undefined
          ? undefined
          : async () => (await loadFirstPassword(io, [passwordFile])) ?? '',
    },
  }
  return rekey ? { ...fields, client, rekey: {} } : { ...fields, client, mutualTls: mtls }
}
