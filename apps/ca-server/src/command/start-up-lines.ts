import type { AuthorityHost } from '@mayfly/authority-host'
import { certificateFingerprint } from '@mayfly/x509-profiles'
import type { ListenAddress } from '../https/listen-address.ts'
import { findTlsWarning } from '../https/tls-options.ts'

type Opened = Pick<AuthorityHost, 'authority' | 'configuration'>

/** Tells an operator what has been started and how to reach it. */
export function describeStart(
  { authority, configuration, revision }: Opened & Pick<AuthorityHost, 'revision'>,
  {
    configurationPath,
    product,
    address,
  }: { configurationPath: string; product: string; address: ListenAddress },
): readonly string[] {
  const [primary = 'localhost', ...others] = configuration.dnsNames
  const url = formatUrl(primary, address.port)
  return [
    `Starting ${product}`,
    `Config file: ${configurationPath}`,
    ...(revision === undefined ? [] : [`Configuration revision: ${revision}`]),
    `The primary server URL is ${url}`,
    `Root certificates are available at ${url}/roots.pem`,
    ...(others.length === 0 ? [] : [`Additional configured hostnames: ${others.join(', ')}`]),
    ...authority.roots.map((root) => `X.509 Root Fingerprint: ${certificateFingerprint(root)}`),
  ]
}

/** Tells what of the configuration is not followed. */
export function describeWarnings({ authority, configuration }: Opened): readonly string[] {
  const tls = findTlsWarning(configuration.tls)
  return [
    ...configuration.warnings.map(({ path, reason }) => `WARNING: ${path}: ${reason}`),
    ...(tls === undefined ? [] : [`WARNING: ${tls}`]),
    ...(configuration.db === undefined ? [`WARNING: ${noDatabase}`] : []),
    ...(configuration.metricsAddress === undefined
      ? []
      : ['WARNING: metricsAddress: metrics are not served yet, nothing listens there']),
    ...describeFailedProvisioners({ authority, configuration }),
  ]
}

/** Those of types that are not served stand among the configuration's own warnings. */
function describeFailedProvisioners({ authority, configuration }: Opened): readonly string[] {
  const served = new Set(
    configuration.authority.provisioners
      .filter(({ supported }) => supported)
      .map(({ name }) => name),
  )
  return authority.provisionerWarnings
    .filter(({ name }) => served.has(name))
    .map(
      ({ name, type, reason }) => `failed to initialize ${type} provisioner "${name}": ${reason}`,
    )
}

function formatUrl(name: string, port: number): string {
  const host = name.includes(':') && !name.startsWith('[') ? `[${name}]` : name
  return `https://${host}${port === 443 ? '' : `:${port}`}`
}

const noDatabase =
  'No database is configured. Certificates are not recorded and cannot be revoked, ACME provisioners are disabled.'
