import { z } from 'zod'

const challenges = [
  'http-01',
  'dns-01',
  'tls-alpn-01',
  'device-attest-01',
  'wire-oidc-01',
  'wire-dpop-01',
] as const

const attestationFormats = ['apple', 'step', 'tpm'] as const

/** What an ACME provisioner holds beyond the members that every provisioner has. */
export interface AcmeMembers {
  readonly forceCN?: boolean | null | undefined
  readonly termsOfService?: string | null | undefined
  readonly website?: string | null | undefined
  /** Host names by which CAA records name the authority. */
  readonly caaIdentities?: readonly string[] | null | undefined
  readonly requireEAB?: boolean | null | undefined
  readonly challenges?: readonly string[] | null | undefined
  readonly attestationFormats?: readonly string[] | null | undefined
  /** Certificates in PEM, the text as a whole in base64. */
  readonly attestationRoots?: string | null | undefined
}

/** The members of {@link AcmeMembers}, in the order in which step writes them. */
export const acmeMemberNames: readonly (keyof AcmeMembers)[] = [
  'forceCN',
  'termsOfService',
  'website',
  'caaIdentities',
  'requireEAB',
  'challenges',
  'attestationFormats',
  'attestationRoots',
]

/** Leaves all other members alone, and out. */
export const acmeMembersSchema: z.ZodType<AcmeMembers> = z.object({
  forceCN: z.boolean().nullish(),
  termsOfService: z.string().nullish(),
  website: z.string().nullish(),
  caaIdentities: z.array(z.string()).nullish(),
  requireEAB: z.boolean().nullish(),
  challenges: z.array(oneOf(challenges)).nullish(),
  attestationFormats: z.array(oneOf(attestationFormats)).nullish(),
  attestationRoots: z.base64({ error: 'is not base64' }).nullish(),
})

/** As step, without regard to letter case. */
function oneOf(names: readonly string[]): z.ZodString {
  return z.string().refine((name) => names.includes(name.toLowerCase()), {
    error: ({ input }) => `${JSON.stringify(input)} is none of ${names.join(', ')}`,
  })
}
