export { canResume } from './can-resume.ts'
export type { Clock } from './clock.ts'
export { createRenewalDaemon, type RenewalDaemon } from './daemon.ts'
export { RenewalError, type RenewalErrorCode } from './errors.ts'
export {
  type KeepRenewedOptions,
  type KeptRenewed,
  keepRenewed,
  type TlsIdentity,
} from './keep-renewed.ts'
export { createRenewalKeeper, type RenewalKeeper, type RenewalKeeperOptions } from './keeper.ts'
export { type RenewOnceOptions, renewOnce } from './renew-once.ts'
export type { RekeyClient, RenewalClient, Renewed } from './renewal-client.ts'
export type { RenewalEvent } from './renewal-event.ts'
export type {
  KeptCertificate,
  KeyFile,
  RenewalAmbient,
  RenewalDaemonOptions,
  RenewalEntry,
  RenewalStatus,
} from './renewal-options.ts'
export {
  isRenewalDue,
  type RandomBytes,
  type RenewalPlan,
  renewalDelayMilliseconds,
} from './schedule.ts'
export { createSystemClock } from './system-clock.ts'
