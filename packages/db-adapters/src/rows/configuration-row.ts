import type { ConfigurationRevision } from '../configuration-revision.ts'

/** A revision of the shared configuration, as it is kept. */
export interface ConfigurationRow {
  number: number
  document: string
  author: string
  comment: string
  created_at: number
  key_id: string
  signature: Uint8Array
}

export function encodeConfigurationRow(revision: ConfigurationRevision): ConfigurationRow {
  return {
    number: revision.number,
    document: revision.document,
    author: revision.author,
    comment: revision.comment,
    created_at: revision.createdAt.getTime(),
    key_id: revision.keyId,
    signature: revision.signature,
  }
}

export function parseConfigurationRow(row: ConfigurationRow): ConfigurationRevision {
  return {
    number: row.number,
    document: row.document,
    author: row.author,
    comment: row.comment,
    createdAt: new Date(row.created_at),
    keyId: row.key_id,
    signature: row.signature,
  }
}
