import { z } from 'zod'
import { addressListSchema } from './address-list.ts'
import { positiveDuration } from './duration.ts'
import { refuseUnknown } from './refuse-unknown.ts'

/** Own additions, under the member `mayfly`. */
export interface MayflyConfiguration {
  /** Where the part that all instances share is kept: in `ca.json`, or in the database as signed revisions. */
  readonly configuration: 'file' | 'database'
  /** Whether `"configuration": "file"` is written out: revisions that a database holds are then passed over. */
  readonly ignoresRevisions: boolean
  /** File of the private key that signs revisions; needed only where they are written. */
  readonly configurationKey?: string
  /** Files of the public keys whose revisions are believed, at least one. */
  readonly configurationPublicKeys?: readonly string[]
  /** Lets the database answer before its commit is on stable storage. */
  readonly dangerouslyAllowUnsyncedCommits: boolean
  /** How long a one-time token may live, from `iat` to `exp`. */
  readonly maximumTokenLifetimeSeconds: number
  /** How long after its end a certificate may be renewed where the claim allows it at all. */
  readonly renewalAfterExpirySeconds: number
  readonly retention: RetentionConfiguration
  /** Whether the server takes in a `ca.json` that was changed without being told. */
  readonly watchConfiguration: boolean
  /** Addresses and ranges of the balancers whose PROXY protocol header is required; from others none is read. */
  readonly proxyProtocol: readonly string[]
  /** How a database server is used; what is left out is the store's choice. */
  readonly database: {
    /** Connections of one instance at most. */
    readonly maximumConnections?: number
    /** Callers that wait for a connection at most; further ones are refused at once. */
    readonly maximumWaiting?: number
  }
}

/** What is kept in the database for how long. */
export interface RetentionConfiguration {
  /** How long after its end a certificate is kept. */
  readonly certificatesSeconds: number
  /** How long an audit entry is kept; for ever where it is left out. */
  readonly auditSeconds?: number
  /** Whether anything is removed at all. */
  readonly enabled: boolean
}

/** What holds where nothing is said. */
export const defaultMayfly: MayflyConfiguration = {
  configuration: 'file',
  ignoresRevisions: false,
  dangerouslyAllowUnsyncedCommits: false,
  maximumTokenLifetimeSeconds: 3600,
  renewalAfterExpirySeconds: 30 * 86_400,
  retention: { certificatesSeconds: 90 * 86_400, enabled: true },
  watchConfiguration: false,
  proxyProtocol: [],
  database: {},
}

const fileName = z.string().min(1, 'cannot be empty')

const fileNames = z.union([fileName, z.array(fileName).min(1, 'cannot be empty')], {
  error: 'is not a file name or a list of file names',
})

const retentionObject = z.looseObject({
  certificates: positiveDuration.optional(),
  audit: positiveDuration.optional(),
  enabled: z.boolean().optional(),
})

const databaseObject = z.looseObject({
  maximumConnections: count({ from: 1, to: 1000 }).optional(),
  maximumWaiting: count({ from: 0, to: 1_000_000 }).optional(),
})

const mayflyObject = z.looseObject({
  configuration: z
    .enum(['file', 'database'], { error: 'is neither "file" nor "database"' })
    .optional(),
  configurationKey: fileName.optional(),
  configurationPublicKey: fileNames.optional(),
  dangerouslyAllowUnsyncedCommits: z.boolean().optional(),
  maximumTokenLifetime: positiveDuration.optional(),
  renewalAfterExpiry: positiveDuration.optional(),
  retention: retentionObject
    .superRefine(refuseUnknown(Object.keys(retentionObject.shape)))
    .optional(),
  watchConfiguration: z.boolean().optional(),
  proxyProtocol: addressListSchema.optional(),
  database: databaseObject.superRefine(refuseUnknown(Object.keys(databaseObject.shape))).optional(),
})

/** The member `mayfly`, with defaults filled in. What nobody reads in it is refused. */
export const mayflySchema: z.ZodType<MayflyConfiguration> = mayflyObject
  .superRefine(refuseUnknown(Object.keys(mayflyObject.shape)))
  .transform(toMayfly)

function toMayfly(members: z.output<typeof mayflyObject>): MayflyConfiguration {
  const { configuration, configurationKey, configurationPublicKey, retention, database } = members
  const { maximumTokenLifetime, renewalAfterExpiry } = members
  return {
    ...defaultMayfly,
    configuration: configuration ?? 'file',
    ignoresRevisions: configuration === 'file',
    ...(configurationKey === undefined ? {} : { configurationKey }),
    ...(configurationPublicKey === undefined
      ? {}
      : { configurationPublicKeys: [configurationPublicKey].flat() }),
    dangerouslyAllowUnsyncedCommits: members.dangerouslyAllowUnsyncedCommits ?? false,
    ...(maximumTokenLifetime === undefined
      ? {}
      : { maximumTokenLifetimeSeconds: maximumTokenLifetime / 1000 }),
    ...(renewalAfterExpiry === undefined
      ? {}
      : { renewalAfterExpirySeconds: renewalAfterExpiry / 1000 }),
    ...(retention === undefined ? {} : { retention: toRetention(retention) }),
    watchConfiguration: members.watchConfiguration ?? false,
    proxyProtocol: members.proxyProtocol ?? [],
    database: {
      ...(database?.maximumConnections === undefined
        ? {}
        : { maximumConnections: database.maximumConnections }),
      ...(database?.maximumWaiting === undefined
        ? {}
        : { maximumWaiting: database.maximumWaiting }),
    },
  }
}

function toRetention({
  certificates,
  audit,
  enabled,
}: z.output<typeof retentionObject>): RetentionConfiguration {
  const { certificatesSeconds } = defaultMayfly.retention
  return {
    certificatesSeconds: certificates === undefined ? certificatesSeconds : certificates / 1000,
    ...(audit === undefined ? {} : { auditSeconds: audit / 1000 }),
    enabled: enabled ?? true,
  }
}

function count({ from, to }: { readonly from: number; readonly to: number }): z.ZodType<number> {
  return z.number().refine((value) => Number.isInteger(value) && value >= from && value <= to, {
    error: `is not a whole number from ${from} to ${to}`,
  })
}
