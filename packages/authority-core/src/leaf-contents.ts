import {
  createName,
  type DistinguishedName,
  type GeneralName,
  type LeafProfile,
  leafProfile,
} from '@mayfly/x509-profiles'
import type { AuthorityState } from './authority-state.ts'
import type { GrantedNames } from './requested-names.ts'

/** What stands in a leaf beside its key, its validity and its provisioner. */
export interface LeafContents {
  readonly subject: DistinguishedName
  readonly subjectAltNames: readonly GeneralName[]
  readonly profile: LeafProfile
}

/** Returns the contents of a leaf: the names that were granted, with the attributes that each subject gets. */
export function chooseContents(
  { subjectTemplate }: AuthorityState,
  { names }: { readonly names: GrantedNames },
): LeafContents {
  return {
    subject: createName({ ...subjectTemplate, commonName: names.subject }),
    subjectAltNames: names.subjectAltNames,
    profile: leafProfile,
  }
}
