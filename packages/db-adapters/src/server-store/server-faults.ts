import type { Fault } from './server-database.ts'

type FaultName =
  | 'lost'
  | 'value'
  | 'conflict'
  | 'transient'
  | 'other'
  | 'overtaken'
  | 'readOnly'
  | 'full'
  | 'noConnection'
  | 'missingTable'
  | 'damaged'

/**
 * Tells whether it is no use to ask this connection again, and may be to ask a new one: it was lost, or its server
 * may not be written any more, since another has taken its place.
 */
export function isConnectionSpent(fault: Fault): boolean {
  return fault.kind === 'lost' || (fault.kind === 'refused' && fault.code === 'store_read_only')
}

/** What any server may say, in our words; each database tells by its own codes which it is. */
export const faults: Readonly<Record<FaultName, Fault>> = {
  lost: { kind: 'lost' },
  value: { kind: 'value' },
  conflict: { kind: 'conflict' },
  transient: { kind: 'transient' },
  other: { kind: 'refused', code: 'store_unavailable', words: 'the database cannot be used' },
  overtaken: {
    kind: 'refused',
    code: 'store_busy',
    words: 'the database is busy for too long',
    hint: 'look for long transactions on these tables',
  },
  readOnly: {
    kind: 'refused',
    code: 'store_read_only',
    words: 'the database cannot be written',
    hint: 'name the primary server',
  },
  full: {
    kind: 'refused',
    code: 'store_full',
    words: 'the disk is full',
    hint: 'free some space',
  },
  noConnection: {
    kind: 'refused',
    code: 'store_unavailable',
    words: 'the server has no connection left',
    hint: 'raise max_connections, or lower maximumConnections of each instance',
  },
  missingTable: {
    kind: 'refused',
    code: 'store_corrupt',
    words: 'the tables are not as they were made',
    hint: 'restore the database from a backup',
  },
  damaged: {
    kind: 'refused',
    code: 'store_corrupt',
    words: 'the database is damaged',
    hint: 'restore it from a backup',
  },
}
