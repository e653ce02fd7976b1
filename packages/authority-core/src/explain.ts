import { TokenError } from '@mayfly/jwt-tokens'
import { ProfileError } from '@mayfly/x509-profiles'
import type { AuthorityState } from './authority-state.ts'
import { builtInDefault } from './config/claims-location.ts'
import { AuthorityError } from './errors.ts'
import { describeCheck, type ExplainedCheck } from './explained-check.ts'
import { findRule } from './explained-rule.ts'
import { decide, type SignRequest } from './issuance-decision.ts'
import type { PassedCheck } from './issuance-trace.ts'
import { describePlan, type PlannedCertificate } from './planned-certificate.ts'
import { rehearse } from './rehearsal.ts'

/** What is to be explained: the request as it would be made. */
export type ExplainRequest = Omit<SignRequest, 'requestId'>

/** What an authority would do with a request, and why. */
export type Explanation = {
  /** What was asked and passed, in order. */
  readonly checks: readonly ExplainedCheck[]
} & (
  | { readonly outcome: 'issued'; readonly certificate: PlannedCertificate }
  | { readonly outcome: 'refused'; readonly refusal: ExplainedRefusal }
)

/** The first rule that refuses. */
export interface ExplainedRefusal {
  readonly code: string
  /** As the log has it. */
  readonly message: string
  readonly detail: string | undefined
  /** What to do about it. */
  readonly hint: string | undefined
  /** Where the rule stands: a JSON path in `ca.json`, or in words. */
  readonly rule: string
}

/**
 * Judges a request as signing does, by the very same steps, and tells the outcome instead of bringing it about: nothing is
 * signed or stored, and the token is not spent.
 *
 * @throws {StoreError} when the store cannot be asked.
 */
export async function explain(
  state: AuthorityState,
  request: ExplainRequest,
): Promise<Explanation> {
  const passed: PassedCheck[] = []
  try {
    const decision = await decide(state, request, (check) => passed.push(check))
    const fields = await rehearse(state, decision)
    passed.push({ check: 'conformance' })
    const certificate = describePlan(decision, fields, state.issuer)
    return { outcome: 'issued', certificate, checks: passed.map(describeCheck) }
  } catch (error) {
    if (!isRefusal(error)) throw error
    return {
      outcome: 'refused',
      refusal: describeRefusal(error, passed),
      checks: passed.map(describeCheck),
    }
  }
}

type Refusal = AuthorityError | TokenError | ProfileError

function isRefusal(error: unknown): error is Refusal {
  return (
    error instanceof AuthorityError || error instanceof TokenError || error instanceof ProfileError
  )
}

function describeRefusal(error: Refusal, passed: readonly PassedCheck[]): ExplainedRefusal {
  const { code, message, cause } = error
  const detail = error instanceof AuthorityError ? error.detail : undefined
  const reason = detail ?? (cause instanceof Error ? cause.message : undefined)
  const found = passed.find((each) => each.check === 'provisioner')
  const path = found?.provisioner.path
  const rule = (error instanceof AuthorityError ? error.rule : undefined) ?? findRule(code, path)
  return {
    code,
    message,
    detail: reason === message ? undefined : reason,
    hint: error instanceof AuthorityError ? hintAt(rule, code) : error.hint,
    rule,
  }
}

/** Who meets a limit that stands nowhere is told where it would. */
function hintAt(rule: string, code: string): string | undefined {
  if (rule !== builtInDefault) return undefined
  const member = code === 'lifetime_too_short' ? 'minTLSCertDuration' : 'maxTLSCertDuration'
  return `set ${member} in the claims of the provisioner, or of authority for all`
}
