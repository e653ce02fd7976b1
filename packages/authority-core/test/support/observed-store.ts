import type { IssuanceUnit, RevocationUnit, Store } from '@mayfly/db-adapters'

/** The same store, whose units of work are shown to `see` before they are committed. */
export function observeStore(
  store: Store,
  see: (unit: IssuanceUnit | RevocationUnit) => void,
): Store {
  return {
    kind: store.kind,
    persistent: store.persistent,
    revisions: store.revisions,
    leases: store.leases,
    imports: store.imports,
    acme: store.acme,
    retention: store.retention,
    statistics: store.statistics,
    backups: store.backups,
    commitIssuance: (unit) => {
      see(unit)
      return store.commitIssuance(unit)
    },
    commitRevocation: (unit) => {
      see(unit)
      return store.commitRevocation(unit)
    },
    findCertificate: (serialNumber) => store.findCertificate(serialNumber),
    findRevocation: (serialNumber) => store.findRevocation(serialNumber),
    findStanding: (serialNumber) => store.findStanding(serialNumber),
    isTokenSpent: (tokenId) => store.isTokenSpent(tokenId),
    listCertificates: (listing) => store.listCertificates(listing),
    countCertificates: () => store.countCertificates(),
    readClock: () => store.readClock(),
    ping: () => store.ping(),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  }
}
