/**
 * Returns the name of the network file system with this number (`f_type` of Linux' statfs(2)), or
 * `undefined` for any other. On them locks and shared memory do not hold between hosts, and SQLite's
 * write-ahead log is damaged (sqlite.org/wal.html). FUSE is not among them: its number is the same
 * whether the files are near or far.
 */
export function findNetworkFileSystem(type: number): string | undefined {
  return networkFileSystems.get(type >>> 0)
}

const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x5346414f, 'AFS'],
  [0x6b414653, 'AFS'],
  [0x73757245, 'Coda'],
  [0x564c, 'NCP'],
  [0x01021997, '9P'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
  [0x00c36400, 'Ceph'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
  [0x19830326, 'BeeGFS'],
  [0xaad7aaea, 'PanFS'],
])
