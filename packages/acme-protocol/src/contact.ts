import { AcmeError } from './errors.ts'

const maximumContacts = 10

/**
 * Checks the contacts of an account (RFC 8555 §7.3): `mailto` URLs of one address each, without header fields.
 *
 * @throws {AcmeError} `unsupportedContact` for another scheme, `invalidContact` for a bad address, `malformed`.
 */
export function parseContacts(contacts: readonly string[]): readonly string[] {
  if (contacts.length > maximumContacts) {
    throw new AcmeError(
      'malformed',
      `there are ${contacts.length} contacts, ${maximumContacts} may be`,
    )
  }
  for (const contact of contacts) assertContact(contact)
  return contacts
}

function assertContact(contact: string): void {
  const shown = JSON.stringify(contact)
  const [, scheme, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(contact) ?? []
  if (scheme === undefined)
    throw new AcmeError('invalidContact', `the contact ${shown} is not a URL`)
  if (scheme.toLowerCase() !== 'mailto') {
    throw new AcmeError('unsupportedContact', `the contact ${shown} is not a "mailto" URL`)
  }
  if (rest.includes('?')) {
    throw new AcmeError(
      'invalidContact',
      `the contact ${shown} has header fields, where none may be`,
    )
  }
  if (rest.includes(',')) {
    throw new AcmeError('invalidContact', `the contact ${shown} has more than one address`)
  }
  if (contact.length > 254 || !address.test(rest)) {
    throw new AcmeError('invalidContact', `the contact ${shown} has no valid e-mail address`)
  }
}

/** `addr-spec` of RFC 5322 §3.4.1 as far as it is in use, with the escapes of RFC 6068 §2. */
const address = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/
