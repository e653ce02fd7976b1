/** Flags that step has on every command that issues, and that Mayfly does not have yet. */
export const laterIssuanceFlags = {
  text: [
    'x5c-cert',
    'x5c-key',
    'x5c-chain',
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
