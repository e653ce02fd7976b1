import { StoreError } from '../errors.ts'
import type { Tables } from '../rows/tables.ts'
import type { SqlDialect, SqlValue } from '../sql/sql-target.ts'

/** What a column holds; `?` may be null. */
export type ColumnType = 'integer' | 'integer?' | 'octets' | 'octets?' | 'text' | 'text?'

/** A table as it is copied from one database to another. */
export interface PortableTable {
  readonly name: keyof Tables & string
  /** Without a number that each database gives by itself. */
  readonly columns: Readonly<Record<string, ColumnType>>
  /** A column without two equal values, in whose order the table is read fast. */
  readonly order: Readonly<Record<SqlDialect, string>>
}

/**
 * The tables that a backup holds, in its order. Leases end by themselves, and marks of restores belong to their place. Without
 * the keys of nonces, none is taken that was spent after the backup was made.
 */
export const portableTables: readonly PortableTable[] = [
  {
    name: 'configuration',
    columns: {
      number: 'integer',
      document: 'text',
      author: 'text',
      comment: 'text',
      created_at: 'integer',
      key_id: 'text',
      signature: 'octets',
    },
    order: everywhere('number'),
  },
  {
    name: 'revocations',
    columns: {
      serial: 'octets',
      reason_code: 'integer',
      reason: 'text',
      revoked_at: 'integer',
      expires_at: 'integer?',
      provisioner_id: 'text',
      mutual_tls: 'integer',
      token_id: 'octets?',
    },
    order: everywhere('serial'),
  },
  {
    name: 'spent_tokens',
    columns: { id: 'octets', spent_by: 'octets?', expires_at: 'integer' },
    order: everywhere('id'),
  },
  {
    name: 'certificates',
    columns: {
      serial: 'octets',
      der: 'octets',
      subject: 'text',
      names: 'text',
      public_key_sha256: 'octets',
      predecessor: 'octets?',
      provisioner_id: 'text',
      provisioner_name: 'text',
      provisioner_type: 'text',
      profile: 'text',
      not_before: 'integer',
      not_after: 'integer',
      issued_at: 'integer',
    },
    // In the order in which the rows lie.
    order: { mysql: 'id', postgresql: 'serial', sqlite: 'rowid' },
  },
  {
    name: 'audit',
    columns: {
      at: 'integer',
      action: 'text',
      serial: 'octets',
      provisioner_id: 'text',
      request_id: 'text',
      detail: 'text?',
    },
    order: everywhere('id'),
  },
  {
    name: 'imports',
    columns: {
      source: 'text',
      description: 'text',
      state: 'text',
      step: 'integer',
      progress: 'text',
      started_at: 'integer',
      finished_at: 'integer?',
    },
    order: everywhere('source'),
  },
  {
    name: 'acme_accounts',
    columns: {
      id: 'text',
      provisioner_id: 'text',
      status: 'text',
      public_key: 'text',
      thumbprint: 'octets',
      contacts: 'text',
      location_prefix: 'text?',
      terms_agreed_at: 'integer?',
      external_account_key_id: 'text?',
      created_at: 'integer',
      deactivated_at: 'integer?',
    },
    order: everywhere('id'),
  },
  {
    name: 'acme_external_account_keys',
    columns: {
      id: 'text',
      provisioner_id: 'text',
      reference: 'text?',
      hmac_key: 'octets?',
      names: 'text?',
      maximum_accounts: 'integer',
      account_count: 'integer',
      account_id: 'text?',
      created_at: 'integer',
      bound_at: 'integer?',
    },
    order: everywhere('id'),
  },
  {
    name: 'acme_orders',
    columns: {
      id: 'text',
      account_id: 'text',
      provisioner_id: 'text',
      status: 'text',
      identifiers: 'text',
      not_before: 'integer?',
      not_after: 'integer?',
      profile: 'text?',
      replaces: 'text?',
      created_at: 'integer',
      expires_at: 'integer',
      ends_at: 'integer',
      certificate_id: 'text?',
      serial: 'octets?',
      problem: 'text?',
    },
    order: everywhere('id'),
  },
  {
    name: 'acme_authorizations',
    columns: {
      id: 'text',
      order_id: 'text',
      account_id: 'text',
      position: 'integer',
      identifier_type: 'text',
      identifier_value: 'text',
      wildcard: 'integer',
      status: 'text',
      created_at: 'integer',
      expires_at: 'integer',
    },
    order: everywhere('id'),
  },
  {
    name: 'acme_challenges',
    columns: {
      id: 'text',
      authorization_id: 'text',
      position: 'integer',
      type: 'text',
      status: 'text',
      token: 'text',
      created_at: 'integer',
      validated_at: 'integer?',
      problem: 'text?',
      attempt: 'integer',
      deadline: 'integer?',
      trace: 'text?',
    },
    order: everywhere('id'),
  },
  {
    name: 'acme_spent_nonces',
    columns: { id: 'octets', expires_at: 'integer' },
    order: everywhere('id'),
  },
]

/** Puts a value into JSON. */
export function encodeValue(value: SqlValue | undefined): string | number | null {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : (value ?? null)
}

/** @throws {StoreError} `backup_unfit` when it is not what such a column holds. */
export function parseValue(value: unknown, type: ColumnType, where: string): SqlValue {
  if (value === null && type.endsWith('?')) return null
  switch (type) {
    case 'integer':
    case 'integer?':
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value
      break
    case 'text':
    case 'text?':
      if (typeof value === 'string') return value
      break
    case 'octets':
    case 'octets?':
      if (typeof value === 'string') {
        const octets = Buffer.from(value, 'base64')
        if (octets.toString('base64') === value) return new Uint8Array(octets)
      }
      break
  }
  throw new StoreError('backup_unfit', `${where} holds no ${type.replace('?', '')}`, {
    hint: 'use another backup',
  })
}

function everywhere(column: string): Readonly<Record<SqlDialect, string>> {
  return { mysql: column, postgresql: column, sqlite: column }
}
