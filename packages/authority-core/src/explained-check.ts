import { findCommonName, formatDuration, formatName, publicKeyOf } from '@mayfly/x509-profiles'
import type { PassedCheck } from './issuance-trace.ts'
import { describeKey, listNames } from './planned-certificate.ts'
import type { ReadyProvisioner } from './provisioners.ts'

/** A check that passed. */
export interface ExplainedCheck {
  readonly check: PassedCheck['check']
  /** What it found, in words. */
  readonly found: string
}

/** Puts a check that passed into words. */
export function describeCheck(passed: PassedCheck): ExplainedCheck {
  return { check: passed.check, found: wordsOf(passed) }
}

function wordsOf(passed: PassedCheck): string {
  switch (passed.check) {
    case 'request': {
      const { subject, subjectAltNames } = passed.certificationRequest
      return `asks for ${listNames(findCommonName(subject), subjectAltNames)}`
    }
    case 'provisioner': {
      const { name, type, path } = passed.provisioner
      return `${name} (${type}), ${path}`
    }
    case 'credential': {
      const { certificate, path } = passed.credential
      const root = path.at(-1) ?? certificate
      return `${formatName(certificate.subject)} until ${seconds(certificate.validity.notAfter)}, below ${formatName(root.subject)}`
    }
    case 'token': {
      const { protectedHeader, claims } = passed.token
      return `signed (${protectedHeader.alg}), claims hold, until ${seconds(new Date(claims.exp * 1000))}`
    }
    case 'unspent':
      return passed.isKnown
        ? 'not used yet'
        : 'not known: without a database only the running server remembers'
    case 'confirmation':
      return passed.fingerprint ? 'made for this request (cnf)' : 'the token is for any request'
    case 'possession':
      return `signed by its own key, ${describeKey(publicKeyOf(passed.certificationRequest))}`
    case 'names':
      return `the token grants ${listNames(passed.names.subject, passed.names.subjectAltNames)}`
    case 'contents':
      return passed.isTemplated
        ? `by the template of ${passed.provisioner.path}.options.x509`
        : 'those of any leaf'
    case 'validity': {
      const { notBefore, notAfter } = passed.validity
      const length = formatDuration(notAfter.getTime() - notBefore.getTime())
      return `${length}, ${describeLimits(passed.provisioner)}`
    }
    case 'policy':
      return passed.paths.length === 0 ? 'there is none' : `allowed by ${passed.paths.join(', ')}`
    case 'constraints':
      return 'the issuing chain permits all names'
    case 'conformance':
      return 'the certificate is as it has to be'
  }
}

function describeLimits({ claims, claimsLocation }: ReadyProvisioner): string {
  const limit = (name: 'minTlsSeconds' | 'maxTlsSeconds'): string =>
    `${formatDuration(claims[name] * 1000)} (${claimsLocation[name]})`
  return `from ${limit('minTlsSeconds')} to ${limit('maxTlsSeconds')}`
}

function seconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}
