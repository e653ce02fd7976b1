import { z } from 'zod'
import type {
  AuthorityConfiguration,
  CaConfiguration,
  DatabaseConfiguration,
  SubjectTemplate,
  TlsConfiguration,
} from './ca-configuration.ts'
import { claimsSchema } from './claims.ts'
import { positiveDuration } from './duration.ts'
import type { ConfigurationProblem } from './errors.ts'
import { formatPath } from './json-path.ts'
import { defaultMayfly, mayflySchema } from './mayfly-members.ts'
import { type PolicyConfiguration, policySchema } from './policy.ts'
import { provisionerIdOf, provisionerSchema } from './provisioner.ts'

/** The suites of step's own default, and the only ones its clients are told of. */
export const defaultTls: TlsConfiguration = {
  cipherSuites: [
    'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
    'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  ],
  minVersion: 1.2,
  maxVersion: 1.3,
  renegotiation: false,
}

const nonEmpty = z.string().min(1, { error: 'cannot be empty', abort: true })

const file = nonEmpty.refine((name) => !/^[a-z][a-z0-9+.-]+:/i.test(name), {
  error: 'keys and certificates outside files are not supported, name a file',
})

const listenAddress = nonEmpty.superRefine((address, context) => {
  const port = /:(\d{1,5})$/.exec(address)?.[1]
  if (port === undefined || Number(port) > 65535) {
    context.addIssue({
      code: 'custom',
      message: `invalid address ${address}: write host:port or :port`,
    })
  }
})

const tlsVersion = z
  .number()
  .refine((version) => [1, 1.1, 1.2, 1.3].includes(version), { error: 'is none of 1.0 to 1.3' })

const subjectTemplate = z.looseObject({
  country: z.string().nullish(),
  organization: z.string().nullish(),
  organizationalUnit: z.string().nullish(),
  locality: z.string().nullish(),
  province: z.string().nullish(),
  streetAddress: z.string().nullish(),
  serialNumber: z.string().nullish(),
  commonName: z.string().nullish(),
})

const authority = z.looseObject({
  type: z
    .string()
    .refine((type) => ['', 'softcas'].includes(type.toLowerCase()), {
      error: 'registration authorities are not supported, only softcas',
    })
    .nullish(),
  provisioners: z.array(provisionerSchema).superRefine(refuseDuplicates).nullish(),
  template: subjectTemplate.nullish(),
  claims: claimsSchema.nullish(),
  policy: policySchema.nullish(),
  disableIssuedAtCheck: z.boolean().nullish(),
  backdate: positiveDuration.nullish(),
  enableAdmin: z.boolean().nullish(),
})

const caObject = z.looseObject({
  root: z
    .union([file, z.array(file).min(1, 'cannot be empty')], {
      error: ({ input }) =>
        input === undefined
          ? 'is missing, name the file of the root certificate'
          : 'is not a file name or a list of file names',
    })
    .transform((root) => (typeof root === 'string' ? [root] : root)),
  federatedRoots: z.array(nonEmpty).nullish(),
  crt: file,
  key: file,
  address: listenAddress,
  insecureAddress: z.string().nullish(),
  dnsNames: z.array(nonEmpty).min(1, 'dnsNames cannot be empty').nullish(),
  kms: z
    .looseObject({
      type: z
        .string()
        .refine((type) => ['', 'softkms'].includes(type.toLowerCase()), {
          error: 'key management systems are not supported, only softkms',
        })
        .nullish(),
    })
    .nullish(),
  logger: z
    .looseObject({
      format: z
        .enum(['', 'text', 'json', 'common'], {
          error: ({ input }) => `unsupported logger.format '${String(input)}'`,
        })
        .nullish(),
      traceHeader: z.string().nullish(),
    })
    .nullish(),
  db: z
    .looseObject({
      type: nonEmpty,
      dataSource: nonEmpty,
      database: z.string().nullish(),
      valueDir: z.string().nullish(),
    })
    .nullish(),
  authority,
  tls: z
    .looseObject({
      cipherSuites: z.array(z.string()).nullish(),
      minVersion: tlsVersion.nullish(),
      maxVersion: tlsVersion.nullish(),
      renegotiation: z.boolean().nullish(),
    })
    .refine((tls) => (tls.minVersion ?? 1.2) <= (tls.maxVersion ?? 1.3), {
      error: 'tls minVersion cannot exceed tls maxVersion',
    })
    .nullish(),
  password: z.string().nullish(),
  commonName: z.string().nullish(),
  crl: z.looseObject({ enabled: z.boolean().nullish() }).nullish(),
  ssh: z.looseObject({}).nullish(),
  metricsAddress: z.string().nullish(),
  mayfly: mayflySchema.optional(),
})

type CaObject = z.output<typeof caObject>

/** A whole `ca.json`. Unknown members are let through; what would not be kept is refused. */
export const caSchema: z.ZodType<Omit<CaConfiguration, 'raw'>> = caObject
  .superRefine(refuseLostAdministration)
  .transform(toConfiguration)

/** It says that provisioners are not the file's, as our own member does; without that one nobody knows where they are. */
function refuseLostAdministration({ authority, mayfly }: CaObject, context: z.RefinementCtx): void {
  if (authority.enableAdmin !== true || mayfly?.configuration === 'database') return
  context.addIssue({
    code: 'custom',
    path: ['authority', 'enableAdmin'],
    message:
      'remote management is not supported: "mayfly": {"configuration": "database"} keeps provisioners in the database',
  })
}

function toConfiguration(ca: CaObject): Omit<CaConfiguration, 'raw'> {
  const { logger, db } = ca
  return {
    warnings: findWarnings(ca),
    root: ca.root,
    federatedRoots: ca.federatedRoots ?? [],
    crt: ca.crt,
    key: ca.key,
    address: ca.address,
    insecureAddress: ca.insecureAddress ?? '',
    dnsNames: ca.dnsNames ?? ['localhost', '127.0.0.1', '::1'],
    ...(logger ? { logger: toLogger(logger) } : {}),
    ...(db ? { db: toDatabase(db) } : {}),
    authority: toAuthority(ca.authority),
    tls: {
      cipherSuites: ca.tls?.cipherSuites?.length ? ca.tls.cipherSuites : defaultTls.cipherSuites,
      minVersion: ca.tls?.minVersion ?? defaultTls.minVersion,
      maxVersion: ca.tls?.maxVersion ?? defaultTls.maxVersion,
      renegotiation: ca.tls?.renegotiation ?? defaultTls.renegotiation,
    },
    ...(ca.password ? { password: ca.password } : {}),
    commonName: ca.commonName || 'Step Online CA',
    ...(ca.metricsAddress ? { metricsAddress: ca.metricsAddress } : {}),
    mayfly: ca.mayfly ?? defaultMayfly,
  }
}

function toLogger(logger: NonNullable<CaObject['logger']>): CaConfiguration['logger'] & object {
  return { format: logger.format || 'text', traceHeader: logger.traceHeader || 'X-Smallstep-Id' }
}

function toDatabase(db: NonNullable<CaObject['db']>): DatabaseConfiguration {
  const { type, dataSource, database, valueDir } = db
  return {
    type,
    dataSource,
    ...(database ? { database } : {}),
    ...(valueDir ? { valueDir } : {}),
  }
}

function toAuthority(object: CaObject['authority']): AuthorityConfiguration {
  return {
    provisioners: (object.provisioners ?? []).flatMap((entry, index) =>
      'unknownType' in entry ? [] : [{ ...entry, path: provisionerPath(index) }],
    ),
    template: withoutEmpty(object.template ?? {}),
    ...(object.claims ? { claims: object.claims } : {}),
    ...(object.policy ? { policy: object.policy } : {}),
    disableIssuedAtCheck: object.disableIssuedAtCheck ?? false,
    backdateSeconds: (object.backdate ?? 60_000) / 1000,
  }
}

function withoutEmpty(template: z.output<typeof subjectTemplate>): SubjectTemplate {
  const names = Object.keys(subjectTemplate.shape)
  return Object.fromEntries(
    names.flatMap((name) => (template[name] ? [[name, template[name]]] : [])),
  )
}

function findWarnings(ca: CaObject): readonly ConfigurationProblem[] {
  const { provisioners, policy } = ca.authority
  const warnings = (provisioners ?? []).flatMap((entry, index) => {
    const path = provisionerPath(index)
    if ('unknownType' in entry) {
      return [{ path, reason: `the unknown type "${entry.unknownType}" is skipped` }]
    }
    const ofPolicy = warnOfSshRules(entry.policy, `${path}.policy`)
    if (entry.supported) return ofPolicy
    const reason = `provisioners of type ${entry.type} are not served yet: "${entry.name}" is listed, its tokens are refused`
    return [{ path, reason }, ...ofPolicy]
  })
  warnings.push(...warnOfSshRules(policy, 'authority.policy'))
  if (ca.crl?.enabled) warnings.push({ path: 'crl', reason: 'no CRL is made yet' })
  if (ca.ssh) warnings.push({ path: 'ssh', reason: 'SSH certificates are not issued yet' })
  return warnings
}

function warnOfSshRules(
  policy: PolicyConfiguration | null | undefined,
  path: string,
): readonly ConfigurationProblem[] {
  if (!policy?.hasSshRules) return []
  return [{ path: `${path}.ssh`, reason: 'SSH certificates are not issued yet' }]
}

function provisionerPath(index: number): string {
  return formatPath(['authority', 'provisioners', index])
}

function refuseDuplicates(
  entries: readonly z.output<typeof provisionerSchema>[],
  context: z.RefinementCtx,
): void {
  const seen = { id: new Set<string>(), name: new Set<string>() }
  entries.forEach((entry, index) => {
    if ('unknownType' in entry) return
    const values = { id: provisionerIdOf(entry), name: entry.name }
    for (const member of ['id', 'name'] as const) {
      const value = values[member]
      if (seen[member].has(value)) {
        const message = `cannot add multiple provisioners with the same ${member}: "${value}"`
        context.addIssue({ code: 'custom', path: [index, 'name'], message })
        return
      }
      seen[member].add(value)
    }
  })
}
