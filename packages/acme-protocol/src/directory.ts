import type { Locations } from './location.ts'
import type { ResourceAnswer } from './message.ts'
import type { AcmeProvisioner } from './provisioner.ts'

/** The directory, RFC 8555 §7.1.1, with `renewalInfo` (RFC 9773 §3) and `profiles` (draft-ietf-acme-profiles). */
export function directoryAnswer(
  provisioner: AcmeProvisioner,
  locations: Locations,
): ResourceAnswer {
  const { newNonce, newAccount, newOrder, revokeCert, keyChange, renewalInfo } = locations
  const meta = metaOf(provisioner)
  return {
    json: {
      newNonce,
      newAccount,
      newOrder,
      revokeCert,
      keyChange,
      renewalInfo,
      ...(Object.keys(meta).length === 0 ? {} : { meta }),
    },
  }
}

function metaOf(provisioner: AcmeProvisioner): Readonly<Record<string, unknown>> {
  const { termsOfService, website, caaIdentities, requiresExternalAccount, profiles } = provisioner
  return {
    ...(termsOfService === undefined ? {} : { termsOfService }),
    ...(website === undefined ? {} : { website }),
    ...(caaIdentities === undefined ? {} : { caaIdentities }),
    ...(requiresExternalAccount ? { externalAccountRequired: true } : {}),
    ...(profiles === undefined ? {} : { profiles }),
  }
}
