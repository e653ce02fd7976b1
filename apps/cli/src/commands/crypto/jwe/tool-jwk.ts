import { KeyObject } from 'node:crypto'
import { type Jwk, parseJwk } from '@mayfly/jwt-tokens'
import { CommandError } from '../../../framework/errors.ts'
import type { ToolKeys } from '../../../keys/tool-key.ts'

/**
 * The one JWK that `--key`, or `--jwks` with `--kid`, names; a PEM key becomes one.
 *
 * @throws {CommandError} `flag_missing`, `key_unfit`
 */
export function selectJwk({ key, keySet, keySetName, keyId }: ToolKeys): Jwk {
  if (key !== undefined) {
    return key instanceof KeyObject ? parseJwk(JSON.stringify(key.export({ format: 'jwk' }))) : key
  }
  if (keySet === undefined) {
    throw new CommandError('flag_missing', 'one of flag --key or --jwk is required')
  }
  if (keyId === undefined) {
    throw new CommandError('flag_missing', "flag '--kid' requires the '--jwks' flag")
  }
  const [found, other] = keySet.keys.filter(({ kid }) => kid === keyId)
  if (found !== undefined && other === undefined) return found
  const problem = found === undefined ? 'cannot find key' : 'there are several keys'
  throw new CommandError('key_unfit', `${problem} with kid ${keyId} on ${keySetName}`)
}
