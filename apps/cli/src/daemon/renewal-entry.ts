import type { RekeyClient, RenewalEntry } from '@mayfly/renew-scheduler'
import { announceRenewal } from '../ca/after-renewal.ts'
import { loadPid } from '../ca/renewal-flags.ts'
import { loadFirstPassword } from '../files/password.ts'
import type { Io } from '../io.ts'
import type { ConfiguredRenewal } from './renewals-configuration.ts'

/** Makes of a configured renewal what the keeper takes; whom to tell afterwards is read each time. */
export function toRenewalEntry(
  io: Io,
  renewal: ConfiguredRenewal,
  client: RekeyClient,
): RenewalEntry {
  const { certificate, key, out, passwordFile, mtls, rekey } = renewal
  const fields = {
    certificatePath: certificate,
    out,
    expiresInMilliseconds: renewal.expiresIn,
    renewPeriodMilliseconds: renewal.renewPeriod,
    onRenewed: () => tell(io, renewal),
    key: {
      path: key,
      password:
        passwordFile === undefined
          ? undefined
          : async () => (await loadFirstPassword(io, [passwordFile])) ?? '',
    },
  }
  return rekey
    ? { ...fields, client, rekey: {} }
    : { ...fields, client, ...(mtls === undefined ? {} : { mutualTls: mtls }) }
}

async function tell(io: Io, { pid, pidFile, signal = 1, exec }: ConfiguredRenewal): Promise<void> {
  // A service that was restarted has another process id.
  const current = pidFile === undefined ? pid : await loadPid(io, pidFile)
  await announceRenewal(io, { pid: current, signal, exec })
}
