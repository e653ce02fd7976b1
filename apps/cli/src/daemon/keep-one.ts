import { createRenewalDaemon, createSystemClock, type RenewalEntry } from '@mayfly/renew-scheduler'
import type { Io } from '../io.ts'
import { createDaemonLog } from './daemon-log.ts'
import { receiveDaemonSignals } from './daemon-signals.ts'
import { createRenewalHook, type RenewalHookOptions } from './renewal-hook.ts'

/** Keeps one certificate renewed until SIGTERM or SIGINT; SIGHUP renews at once. */
export async function keepOne(
  io: Io,
  entry: RenewalEntry,
  hook: RenewalHookOptions,
): Promise<void> {
  const log = createDaemonLog(io)
  const tell = createRenewalHook(io, log, hook)
  const daemon = createRenewalDaemon({
    ...entry,
    onRenewed: (_, stop) => tell(stop),
    clock: createSystemClock(),
    random: io.random,
    onEvent: (event) => log.write(event),
  })
  using signals = receiveDaemonSignals(() => daemon.renewNow())
  await daemon.run(signals.stop)
}
