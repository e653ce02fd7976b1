import type { CertificationRequest } from './certification-request.ts'
import { decodeKnownExtensions, type KnownExtensions } from './extensions.ts'
import { DerError } from './internal/der.ts'
import { extensionOids } from './internal/oids.ts'

/** What a request would like its certificate to be for; nobody has to give it that. */
export type RequestedUsages = Pick<
  KnownExtensions,
  'keyUsage' | 'extendedKeyUsages' | 'basicConstraints'
>

/** Decodes the usages that a request asks for; one whose extension is malformed counts as absent. */
export function requestedUsagesOf({
  extensions,
}: Pick<CertificationRequest, 'extensions'>): RequestedUsages {
  const decode = (wanted: string): Partial<RequestedUsages> => {
    try {
      return decodeKnownExtensions(extensions.filter(({ oid }) => oid === wanted))
    } catch (error) {
      if (error instanceof DerError) return {}
      throw error
    }
  }
  return {
    keyUsage: decode(extensionOids.keyUsage).keyUsage,
    extendedKeyUsages: decode(extensionOids.extendedKeyUsage).extendedKeyUsages,
    basicConstraints: decode(extensionOids.basicConstraints).basicConstraints,
  }
}
