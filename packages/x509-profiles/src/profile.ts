import type { KeyUsage } from './extensions.ts'
import { keyPurposeOids } from './internal/oids.ts'
import type { PublicKeyInfo } from './public-key.ts'

/** What a certificate is for, and so which extensions it has. */
export type Profile = RootProfile | IntermediateProfile | LeafProfile

/** A self-signed certificate authority. */
export interface RootProfile {
  readonly type: 'root'
  /** How many intermediates may follow below; no limit when absent. */
  readonly pathLength?: number
}

/** A certificate authority below another one. */
export interface IntermediateProfile {
  readonly type: 'intermediate'
  /** How many intermediates may follow below; no limit when absent. */
  readonly pathLength?: number
}

/** A certificate of a service or a person, never of a certificate authority. */
export interface LeafProfile {
  readonly type: 'leaf'
  /** Object identifiers of its purposes, in order; at least one. */
  readonly extendedKeyUsages: readonly [string, ...string[]]
}

/** A certificate whose contents somebody chose, within what a leaf may be. */
export interface TemplatedProfile {
  readonly type: 'templated'
  /** Whether it may be a certificate authority's: basicConstraints with cA, or keyCertSign. */
  readonly allowsAuthority: boolean
}

/** A root as step makes it: one intermediate may follow. */
export const rootProfile: RootProfile = { type: 'root', pathLength: 1 }

/** An intermediate as step makes it: only leafs may follow. */
export const intermediateProfile: IntermediateProfile = { type: 'intermediate', pathLength: 0 }

/** A leaf as step makes it: for TLS servers and clients. */
export const leafProfile: LeafProfile = {
  type: 'leaf',
  extendedKeyUsages: [keyPurposeOids.serverAuth, keyPurposeOids.clientAuth],
}

/** The keyUsage of a profile: only an RSA leaf may encipher keys, as only RSA can. */
export function keyUsageOf(profile: Profile, publicKey: PublicKeyInfo): readonly KeyUsage[] {
  if (profile.type !== 'leaf') return ['keyCertSign', 'cRLSign']
  return publicKey.type === 'rsa' ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature']
}
