/** Flags that step has on every command that issues, and that Mayfly does not have yet. */
export const laterIssuanceFlags = {
  text: [
    'nebula-cert',
    'nebula-key',
    'k8ssa-token-path',
    'kms',
    'acme',
    'webroot',
    'http-listen',
    'contact',
  ],
  boolean: ['console', 'standalone'],
} as const
