import {
  type CertificateContents,
  type CertificationRequest,
  createName,
  type DistinguishedName,
  type GeneralName,
  type LeafProfile,
  leafProfile,
  ProfileError,
  type ProfileErrorCode,
  subjectAltNamesOf,
  type TemplatedProfile,
} from '@mayfly/x509-profiles'
import type { AuthorityState } from './authority-state.ts'
import { AuthorityError } from './errors.ts'
import type { AuthorizedToken } from './one-time-token.ts'
import type { ProvisionerTemplate } from './provisioner-template.ts'
import { type GrantedNames, maximumNames, maximumNamesLength } from './requested-names.ts'

/** What stands in a leaf beside its key, its validity and its provisioner. */
export type LeafContents = LeafNames &
  (
    | { readonly profile: LeafProfile }
    /** All that a template chose. */
    | { readonly profile: TemplatedProfile; readonly chosen: CertificateContents }
  )

interface LeafNames {
  readonly subject: DistinguishedName
  /** Without names of further kinds, which only a template can give. */
  readonly subjectAltNames: readonly GeneralName[]
}

/** The contents of a leaf, with the bounds of its validity that a template asks for. */
export interface ChosenContents {
  readonly contents: LeafContents
  readonly notBefore: Date | undefined
  readonly notAfter: Date | undefined
}

/** What contents are chosen from. */
export interface ContentsRequest {
  readonly certificationRequest: CertificationRequest
  readonly authorized: AuthorizedToken
  readonly names: GrantedNames
  /** What came with the request for a template to use. */
  readonly templateData: unknown
}

/**
 * Chooses the contents of a leaf: the names that were granted, with the attributes that each subject gets, or what the
 * provisioner's template makes of all that is known.
 *
 * @throws {AuthorityError} `template_failed`, `template_result_malformed`, `template_refused` or
 * `signature_algorithm_not_offered`.
 */
export function chooseContents(state: AuthorityState, request: ContentsRequest): ChosenContents {
  const { template } = request.authorized.provisioner
  if (template !== undefined) return renderContents(state, request, template)
  const { subject, subjectAltNames } = request.names
  const contents = {
    subject: createName({ ...state.subjectTemplate, commonName: subject }),
    subjectAltNames,
    profile: leafProfile,
  }
  return { contents, notBefore: undefined, notAfter: undefined }
}

/**
 * Words a refusal to sign what a template chose: the client cannot help it, but for a certificate authority that nobody
 * has allowed. Other errors stay as they are.
 */
export function wordUnissuable(error: unknown): unknown {
  if (!(error instanceof ProfileError)) return error
  if (error.code === 'algorithm_unsupported') {
    const message = 'the template asks for a signature that the issuing key does not make'
    return new AuthorityError('signature_algorithm_not_offered', message, { cause: error })
  }
  if (!faultsOfContents.has(error.code)) return error
  return new AuthorityError('template_failed', 'what the template asks for cannot be issued', {
    cause: error,
  })
}

/** `issuer_unfit`: its path length leaves no room for what the template asks for. */
const faultsOfContents: ReadonlySet<ProfileErrorCode> = new Set([
  'name_invalid',
  'profile_violated',
  'certificate_malformed',
  'issuer_unfit',
])

function orUnissuable<Result>(choose: () => Result): Result {
  try {
    return choose()
  } catch (error) {
    throw wordUnissuable(error)
  }
}

function renderContents(
  state: AuthorityState,
  { certificationRequest, authorized, names, templateData }: ContentsRequest,
  { template, profile }: ProvisionerTemplate,
): ChosenContents {
  return orUnissuable(() => {
    const { token, credential } = authorized
    const { sub, sans } = token.claims
    const rendered = template.render(
      {
        certificationRequest,
        subject: names.subject,
        names: sans?.length ? sans : [sub],
        token: token.payload,
        ...(templateData === undefined ? {} : { userData: templateData }),
        ...(credential === undefined ? {} : { authorizationCertificate: credential.certificate }),
      },
      state,
    )
    const { contents: chosen, notBefore, notAfter } = rendered
    assertBounded(chosen)
    const { subject } = chosen
    const contents = { subject, subjectAltNames: subjectAltNamesOf(chosen), profile, chosen }
    return { contents, notBefore, notAfter }
  })
}

/** The names of a ready-made extension count, too. */
function assertBounded(chosen: CertificateContents): void {
  const names = subjectAltNamesOf(chosen)
  const count = Math.max(names.length, chosen.subjectAltNames.length)
  if (count > maximumNames) {
    const message = `the template gives ${count} names, a certificate may hold ${maximumNames}`
    throw new AuthorityError('template_failed', message)
  }
  const length = names.reduce((sum, { value }) => sum + value.length, 0)
  if (length > maximumNamesLength) {
    const message = `the names that the template gives have ${length} characters, a certificate may hold ${maximumNamesLength}`
    throw new AuthorityError('template_failed', message)
  }
}
