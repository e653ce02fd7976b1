import { zstdDecompressSync } from 'node:zlib'
import { maximumOctets } from '../source-file.ts'
import { decompressSnappy } from './snappy.ts'

/** How the blocks of a table are compressed. */
export type Compression = 'none' | 'snappy' | 'zstd'

/** The compression that MANIFEST names by a number; undefined for a number that means none. */
export function compressionByNumber(number: number): Compression | undefined {
  return compressions[number]
}

/** @throws an error of whatever kind when `octets` are not compressed so, or become more than 64 MiB. */
export function decompress(octets: Buffer, compression: Compression): Buffer {
  switch (compression) {
    case 'none':
      return octets
    case 'snappy':
      return decompressSnappy(octets, maximumOctets)
    case 'zstd':
      return zstdDecompressSync(octets, { maxOutputLength: maximumOctets })
  }
}

const compressions: readonly Compression[] = ['none', 'snappy', 'zstd']
