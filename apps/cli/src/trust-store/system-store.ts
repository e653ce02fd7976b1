import { existsSync } from 'node:fs'
import { lstat, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeCertificatePem } from '@mayfly/x509-profiles'
import { writeOutputFile } from '../files/output-file.ts'
import { reasonOf } from '../files/system-error.ts'
import { CommandError } from '../framework/errors.ts'
import type { TrustAnchor } from './trust-anchor.ts'
import type { TrustStore } from './trust-store.ts'
import { type Workshop, withAnchorFile } from './workshop.ts'

/**
 * Finds the trust store of the system: a folder of roots, and the program that makes them known.
 *
 * @throws {CommandError} `trust_store_unfit` where there is none.
 */
export function findSystemStore(workshop: Workshop): TrustStore {
  const layout = layouts.find(({ folder }) => existsSync(join(workshop.root, folder)))
  if (layout === undefined) {
    throw new CommandError('trust_store_unfit', 'no trust store of the system was found', {
      hint: `looked for ${layouts.map(({ folder }) => folder).join(', ')}`,
    })
  }
  const pathOf = ({ name }: TrustAnchor) =>
    join(workshop.root, layout.folder, `${fileNameOf(name)}${layout.suffix}`)
  const run = ([program, ...words]: Layout['update']) => workshop.runPrivileged(program, words)
  return {
    install: async (anchor) => {
      const path = pathOf(anchor)
      const wasThere = existsSync(path)
      await put(workshop, anchor, path)
      try {
        await run(layout.update)
      } catch (error) {
        if (!wasThere) await take(workshop, path)
        throw error
      }
    },
    uninstall: async (anchor) => {
      const path = pathOf(anchor)
      if (!existsSync(path)) {
        const message = `failed to uninstall ${anchor.path}: there is no ${path}`
        throw new CommandError('trust_store_unfit', message, {
          hint: 'if it was installed with --prefix, give the same prefix',
        })
      }
      await take(workshop, path)
      await run(layout.updateAfterRemoval ?? layout.update)
    },
  }
}

/** One name in one folder that the scripts of a system can read, whatever a certificate calls itself. */
function fileNameOf(name: string): string {
  return name.replace(/[\s/\\\p{Cc}]/gu, '_').replace(/^[.-]/, '_')
}

async function put(workshop: Workshop, anchor: TrustAnchor, path: string): Promise<void> {
  if (needsSudo(workshop)) {
    await withAnchorFile(anchor, (file) =>
      workshop.runPrivileged('install', ['-m', '0644', file, path]),
    )
    return
  }
  // A file is written where a link leads; `install` puts it in the link's place.
  if (await isLink(path)) await take(workshop, path)
  await writeOutputFile(path, encodeCertificatePem(anchor.certificate), { mode: 0o644 })
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink()
  } catch {
    // There is nothing, or writing tells what is wrong.
    return false
  }
}

async function take(workshop: Workshop, path: string): Promise<void> {
  if (needsSudo(workshop)) {
    await workshop.runPrivileged('rm', ['-f', path])
    return
  }
  try {
    await rm(path, { force: true })
  } catch (cause) {
    throw new CommandError('file_unwritable', `remove ${path}: ${reasonOf(cause)}`, { cause })
  }
}

function needsSudo({ isPrivileged, findProgram }: Workshop): boolean {
  return !isPrivileged && findProgram('sudo') !== undefined
}

interface Layout {
  readonly folder: string
  readonly suffix: string
  readonly update: readonly [string, ...string[]]
  /** Where `update` leaves links to a root that is gone. */
  readonly updateAfterRemoval?: readonly [string, ...string[]]
}

/** Of Fedora, Debian, SUSE and Arch; the first folder that exists counts. */
const layouts: readonly Layout[] = [
  {
    folder: '/etc/pki/ca-trust/source/anchors/',
    suffix: '.pem',
    update: ['update-ca-trust', 'extract'],
  },
  {
    folder: '/usr/local/share/ca-certificates/',
    suffix: '.crt',
    update: ['update-ca-certificates'],
    updateAfterRemoval: ['update-ca-certificates', '--fresh'],
  },
  { folder: '/usr/share/pki/trust/anchors/', suffix: '.crt', update: ['update-ca-certificates'] },
  {
    folder: '/etc/ca-certificates/trust-source/anchors/',
    suffix: '.crt',
    update: ['trust', 'extract-compat'],
  },
  { folder: '/etc/ssl/certs/', suffix: '.crt', update: ['trust', 'extract-compat'] },
]
