/** Returns the document of a `ca.json` with one more provisioner. */
export function addProvisioner(
  document: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  const authority: object = Object(document.authority)
  const provisioners = [...listProvisioners(document), { type: 'ACME', name }]
  return { ...document, authority: { ...authority, provisioners } }
}

/** The names of the provisioners of a `ca.json`. */
export function provisionerNames(document: Readonly<Record<string, unknown>>): readonly unknown[] {
  return listProvisioners(document).map((entry) => Object(entry).name)
}

function listProvisioners(document: Readonly<Record<string, unknown>>): readonly unknown[] {
  const { provisioners } = Object(document.authority)
  return Array.isArray(provisioners) ? provisioners : []
}
