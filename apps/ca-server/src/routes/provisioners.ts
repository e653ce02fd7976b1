import { createHash } from 'node:crypto'
import type { ProvisionerListing } from '@mayfly/authority-core'
import { answerJson } from '../http/answer.ts'
import { RequestError } from '../http/request-error.ts'
import type { Route } from './route.ts'

const defaultLimit = 20
const maximumLimit = 100

export const answerProvisioners: Route = ({ query }, { authority }) => {
  const limit = parseLimit(query.get('limit') ?? '')
  const cursor = (query.get('cursor') ?? '').padStart(40, '0')
  const listings = authority.provisioners()
  const rest = listings.slice(findStart(listings, cursor))
  const page = rest.slice(0, limit).map(({ document }) => document)
  const next = rest[limit]
  return answerJson(200, {
    provisioners: page.length === 0 ? null : page,
    nextCursor: next === undefined ? '' : cursorOf(next, listings.indexOf(next)).replace(/^0+/, ''),
  })
}

export const answerEncryptedKey: Route = ({ parameter }, { authority }) => {
  const key = authority.findEncryptedKey(parameter)
  if (key !== undefined) return answerJson(200, { key })
  throw new RequestError(
    'encrypted_key_not_found',
    `encrypted key with kid ${parameter} was not found`,
  )
}

function findStart(listings: readonly ProvisionerListing[], cursor: string): number {
  const start = listings.findIndex((listing, index) => cursorOf(listing, index) >= cursor)
  return start < 0 ? listings.length : start
}

/** The place of a provisioner in four octets, then the end of the SHA-1 of its identity, as in step-ca. */
function cursorOf({ id }: ProvisionerListing, index: number): string {
  const digest = createHash('sha1').update(id).digest()
  digest.writeUInt32BE(index)
  return digest.toString('hex')
}

function parseLimit(text: string): number {
  if (text === '') return defaultLimit
  if (!/^[+-]?\d{1,15}$/.test(text)) {
    throw new RequestError('limit_malformed', `limit '${text}' is not an integer`)
  }
  const limit = Number(text)
  return limit <= 0 ? defaultLimit : Math.min(limit, maximumLimit)
}
