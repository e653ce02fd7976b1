import { KeyObject } from 'node:crypto'
import { TokenError } from '../errors.ts'
import type { Jwk, JwkSet } from '../jwk.ts'
import { selectKey } from '../verification-key.ts'

/** How the `jwt` tools are told which key to use; names are file names, for messages. */
export interface ToolKeyOptions {
  readonly key?: Jwk | KeyObject | undefined
  readonly keyName?: string | undefined
  readonly keySet?: JwkSet | undefined
  readonly keySetName?: string | undefined
  /** `--kid`. */
  readonly keyId?: string | undefined
  /** `--alg`. */
  readonly algorithm?: string | undefined
}

/** A refusal of the call itself, worded as the command line does. */
export function optionRefusal(message: string): TokenError {
  return new TokenError('option_invalid', message)
}

/** Returns the key that the options name; from a set by `--kid`, else by `keyIdOfToken`. */
export function selectToolKey(options: ToolKeyOptions, keyIdOfToken?: string): Jwk | KeyObject {
  const { key, keyName = 'key', keySet, keySetName = 'key set', keyId, algorithm } = options
  if (key !== undefined && keySet !== undefined) {
    throw optionRefusal("flag '--key' and flag '--jwks' are mutually exclusive")
  }
  const name = key === undefined ? keySetName : keyName
  const selected = key ?? findInSet(keySet, keyId ?? keyIdOfToken, keySetName)
  if (selected instanceof KeyObject) return selected
  if (keyId !== undefined && selected.kid !== undefined && selected.kid !== keyId) {
    throw optionRefusal(`kid ${keyId} does not match the kid on ${name}`)
  }
  if (algorithm !== undefined && selected.alg !== undefined && selected.alg !== algorithm) {
    throw optionRefusal(`alg ${algorithm} does not match the alg on ${name}`)
  }
  return selected
}

function findInSet(keySet: JwkSet | undefined, keyId: string | undefined, name: string): Jwk {
  if (keySet === undefined) throw optionRefusal('one of flag --key or --jwks is required')
  if (keyId === undefined || keyId === '') {
    throw optionRefusal("flag '--kid' requires the '--jwks' flag")
  }
  try {
    return selectKey(keySet, keyId)
  } catch (cause) {
    if (!(cause instanceof TokenError)) throw cause
    throw new TokenError(cause.code, `${cause.message} on ${name}`, { cause })
  }
}
