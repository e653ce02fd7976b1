import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { findTemplateFile, type TemplateFile } from '@mayfly/authority-core'
import type { CaConfiguration } from '@mayfly/authority-core/config'
import { describeFileError } from './errors.ts'

/** Reads the template files of all provisioners; one that cannot be read is that provisioner's trouble only. */
export async function loadTemplateFiles(
  { authority }: CaConfiguration,
  homePath: string,
): Promise<ReadonlyMap<string, TemplateFile>> {
  const named = authority.provisioners.flatMap((provisioner) => {
    const name = provisioner.supported ? findTemplateFile(provisioner.options) : undefined
    return name === undefined ? [] : [name]
  })
  const files = [...new Set(named)].map(async (name) => {
    return [name, await loadTemplateFile(resolve(homePath, name))] as const
  })
  return new Map(await Promise.all(files))
}

async function loadTemplateFile(path: string): Promise<TemplateFile> {
  try {
    return { text: await readFile(path, 'utf8') }
  } catch (cause) {
    return { reason: describeFileError(cause) }
  }
}
