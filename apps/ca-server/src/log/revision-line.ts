import type { RevisionEvent } from '@mayfly/authority-host'

/** Says in one line what became of the configuration that is kept in the database. */
export function describeRevisionEvent(event: RevisionEvent): string {
  switch (event.kind) {
    case 'in_force': {
      const { revision, author, createdAt, comment } = event
      const why = comment === '' ? '' : `: ${comment}`
      return `revision ${revision} of the configuration is in force, by ${author} at ${createdAt.toISOString()}${why}`
    }
    case 'refused': {
      const { message, hint } = event.error
      const wayOut = hint === undefined ? '' : `; ${hint}`
      return `ERROR: ${message}; nothing is issued or revoked until a good revision is the newest${wayOut}`
    }
    case 'unreachable':
      return `WARNING: the database does not tell of new revisions of the configuration, the last one stays in force: ${event.error.message}`
    case 'reachable':
      return 'the database tells of revisions of the configuration again'
    case 'passed_over':
      return `WARNING: the database holds revision ${event.revision} of the configuration, which this instance does not follow: its ca.json holds everything; write "configuration": "database" into the member "mayfly" to follow it, or "file" to pass over it, and reload`
  }
}
