export { RenewalError, type RenewalErrorCode } from './errors.ts'
export { type Renewed, type RenewOnceOptions, renewOnce } from './renew-once.ts'
export {
  isRenewalDue,
  type RandomBytes,
  type RenewalPlan,
  renewalDelayMilliseconds,
} from './schedule.ts'
