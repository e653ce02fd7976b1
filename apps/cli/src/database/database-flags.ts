/** The flags of whatever looks after a CA's database. */
export const databaseFlags = {
  'ca-config': {
    type: 'text',
    value: 'file',
    help: "The CA's configuration. Defaults to config/ca.json in the mayfly folder.",
  },
  json: { type: 'boolean', help: 'Print JSON.' },
} as const
