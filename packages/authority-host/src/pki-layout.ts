import { join } from 'node:path'

/** Where the files of an authority lie in its folder, as `step ca init` lays them out. */
export interface PkiLayout {
  readonly directory: string
  readonly rootCertificate: string
  readonly rootKey: string
  readonly intermediateCertificate: string
  readonly intermediateKey: string
  readonly configuration: string
  readonly defaults: string
  /** Folder of the embedded database. */
  readonly database: string
}

/** Returns the paths of an authority's files in a folder. */
export function pkiLayout(directory: string): PkiLayout {
  return {
    directory,
    rootCertificate: join(directory, 'certs', 'root_ca.crt'),
    rootKey: join(directory, 'secrets', 'root_ca_key'),
    intermediateCertificate: join(directory, 'certs', 'intermediate_ca.crt'),
    intermediateKey: join(directory, 'secrets', 'intermediate_ca_key'),
    configuration: join(directory, 'config', 'ca.json'),
    defaults: join(directory, 'config', 'defaults.json'),
    database: join(directory, 'db'),
  }
}
