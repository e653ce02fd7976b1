import { HostError, type RevisionEvent } from '@mayfly/authority-host'
import { StoreError } from '@mayfly/db-adapters'
import { expect, test } from 'vitest'
import { describeRevisionEvent } from '../../src/log/revision-line.ts'

const createdAt = new Date('2026-11-23T14:07:00Z')
const revision = { revision: 7, author: 'alice', createdAt }
const refusal = new HostError('revision_refused', 'revision 7 of the configuration is refused: x', {
  hint: 'do y',
})

test.each<[RevisionEvent, string]>([
  [
    { kind: 'in_force', ...revision, comment: '' },
    'revision 7 of the configuration is in force, by alice at 2026-11-23T14:07:00.000Z',
  ],
  [
    { kind: 'in_force', ...revision, comment: 'why' },
    'revision 7 of the configuration is in force, by alice at 2026-11-23T14:07:00.000Z: why',
  ],
  [
    { kind: 'refused', revision: 7, error: refusal },
    'ERROR: revision 7 of the configuration is refused: x; nothing is issued or revoked until a good revision is the newest; do y',
  ],
  [
    { kind: 'unreachable', error: new StoreError('store_unavailable', 'away') },
    'WARNING: the database does not tell of new revisions of the configuration, the last one stays in force: away',
  ],
  [
    { kind: 'passed_over', revision: 7 },
    'WARNING: the database holds revision 7 of the configuration, which this instance does not follow: its ca.json holds everything; write "configuration": "database" into the member "mayfly" to follow it, or "file" to pass over it, and reload',
  ],
  [{ kind: 'reachable' }, 'the database tells of revisions of the configuration again'],
])('%j is one line', (event, line) => {
  expect(describeRevisionEvent(event)).toBe(line)
})
