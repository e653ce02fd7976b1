import type { DatabaseName } from './database/measured-database.ts'

/** What is measured. */
export const works = {
  signKeptAlive: 'sign, keep-alive',
  signNewConnection: 'sign, new TLS connection each',
  renew: 'renew, fresh mutual TLS each',
  manyConnections: 'sign, many connections at once',
} as const

export type Work = keyof typeof works

/** What the design allows, in milliseconds of processor time per certificate; `undefined` where it names no figure. */
export function budgetOf(
  work: Work,
  database: DatabaseName,
): { readonly server: number | undefined; readonly database: number | undefined } {
  const isServer = database === 'mysql' || database === 'postgresql'
  const server: Readonly<Record<Work, number | undefined>> = {
    signKeptAlive: isServer ? 0.75 : 0.65,
    signNewConnection: 1.5,
    renew: 1.2,
    manyConnections: undefined,
  }
  return { server: server[work], database: isServer ? 0.3 : undefined }
}
