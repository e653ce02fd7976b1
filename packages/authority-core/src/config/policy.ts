import { z } from 'zod'
import { addressKind } from '../policy/address-rule.ts'
import { commonNameKind } from '../policy/common-name-rule.ts'
import { parseDomainRule } from '../policy/domain-rule.ts'
import { emailKind } from '../policy/email-rule.ts'
import { type NameKindName, nameKinds, RuleError } from '../policy/name-kind.ts'
import { uriKind } from '../policy/uri-rule.ts'
import { isJsonObject } from './json.ts'
import { refuseUnknown } from './refuse-unknown.ts'

/** Rules by kind of name, as written. */
export type NameRules = { readonly [Kind in NameKindName]?: readonly string[] }

/** Which names certificates may hold: `authority.policy`, and of our own also `policy` of a provisioner. */
export interface PolicyConfiguration {
  readonly x509?: {
    readonly allow?: NameRules
    readonly deny?: NameRules
    /** Whether a rule such as `*.example.org` also allows that very name in a certificate. */
    readonly allowWildcardNames?: boolean
  }
  /** Whether there are rules about SSH certificates, none of which is issued. */
  readonly hasSshRules?: boolean
}

const parsers: Readonly<Record<NameKindName, (text: string) => unknown>> = {
  cn: commonNameKind.parseRule,
  dns: parseDomainRule,
  ip: addressKind.parseRule,
  email: emailKind.parseRule,
  uri: uriKind.parseRule,
}

function ruleList(kind: NameKindName): z.ZodType<readonly string[] | null | undefined> {
  const rule = z.string().superRefine((text, context) => {
    try {
      parsers[kind](text)
    } catch (error) {
      if (!(error instanceof RuleError)) throw error
      context.addIssue({ code: 'custom', message: error.message })
    }
  })
  return z.array(rule).nullish()
}

const rulesObject = z
  .looseObject({
    cn: ruleList('cn'),
    dns: ruleList('dns'),
    ip: ruleList('ip'),
    email: ruleList('email'),
    uri: ruleList('uri'),
  })
  .superRefine(refuseUnknown(nameKinds, isMeant))

const policyObject = z
  .looseObject({
    x509: z
      .looseObject({
        allow: rulesObject.nullish(),
        deny: rulesObject.nullish(),
        allowWildcardNames: z.boolean().nullish(),
      })
      .superRefine(refuseUnknown(['allow', 'deny', 'allowWildcardNames'], isMeant))
      .nullish(),
    ssh: z.looseObject({}).nullish(),
  })
  .superRefine(refuseUnknown(['x509', 'ssh'], isMeant))

/** A policy. A member that nobody reads is refused: a restriction must not pass for one that is kept. */
export const policySchema: z.ZodType<PolicyConfiguration> = policyObject.transform(
  ({ x509, ssh }) => ({
    ...(x509
      ? {
          x509: {
            ...(x509.allow ? { allow: toRules(x509.allow) } : {}),
            ...(x509.deny ? { deny: toRules(x509.deny) } : {}),
            ...(x509.allowWildcardNames ? { allowWildcardNames: true } : {}),
          },
        }
      : {}),
    ...(holdsText(ssh) ? { hasSshRules: true } : {}),
  }),
)

function toRules(object: z.output<typeof rulesObject>): NameRules {
  return Object.fromEntries(
    nameKinds.flatMap((kind) => (object[kind]?.length ? [[kind, object[kind]]] : [])),
  )
}

/** Whether a value asks for anything, however deep. */
function holdsText(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).some(holdsText)
  return value !== undefined && value !== null && value !== false
}

/** Whether a member stands for anything: an object does even while it is empty, as a list of none does not. */
function isMeant(value: unknown): boolean {
  return isJsonObject(value) || holdsText(value)
}
