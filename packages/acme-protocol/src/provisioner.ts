/** An ACME provisioner: what its directory says and what it lets through. */
export interface AcmeProvisioner {
  readonly id: string
  /** One segment of every URL. */
  readonly name: string
  /** What the directory says under `meta` (RFC 8555 §7.1.1). */
  readonly termsOfService?: string
  readonly website?: string
  readonly caaIdentities?: readonly string[]
  /** Whether new accounts must be bound to an external one (RFC 8555 §7.3.4). When not, a binding is not looked at. */
  readonly requiresExternalAccount: boolean
  /** Types of challenges, such as `http-01`, in the order in which they are offered. */
  readonly challengeTypes: readonly string[]
  /** The profiles that an order may ask for and what each is, in words or as a URL (draft-ietf-acme-profiles). */
  readonly profiles?: Readonly<Record<string, string>>
  /** How long an order may take until it is finalized; a day by default. */
  readonly orderLifetimeSeconds?: number
  /** How many identifiers an order may have; 100 by default. */
  readonly maximumIdentifiers?: number
}

/** The lifetime of orders where the provisioner says nothing: step-ca's. */
export const defaultOrderLifetimeSeconds: number = 24 * 60 * 60

/** The number of identifiers where the provisioner says nothing. */
export const defaultMaximumIdentifiers = 100
