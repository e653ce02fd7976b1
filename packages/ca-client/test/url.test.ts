import { parseCaUrl } from '@mayfly/ca-client'
import { describe, expect, test } from 'vitest'

describe('parseCaUrl', () => {
  test.each([
    ['https://ca.internal:9000', 'https://ca.internal:9000'],
    ['https://ca.internal:9000/1.0/sign?x#y', 'https://ca.internal:9000'],
    ['https://ca.internal:443/', 'https://ca.internal'],
    ['ca.internal', 'https://ca.internal'],
    ['localhost:9000', 'https://localhost:9000'],
    [' CA.Internal:9000\n', 'https://ca.internal:9000'],
    ['127.0.0.1:9000', 'https://127.0.0.1:9000'],
    ['::1', 'https://[::1]'],
    ['[::1]:9000', 'https://[::1]:9000'],
  ])('reads %j as %s', (text, origin) => {
    expect(parseCaUrl(text)).toBe(origin)
  })

  test.each([
    ['http://localhost', "'http://localhost' must have https scheme"],
    ['ftp://localhost', "'ftp://localhost' must have https scheme"],
    ['http://user:secret@localhost', "'http://localhost' must have https scheme"],
    ['https://user:secret@:x', "'https://:x' is not a URL"],
    ['user:secret@ca.internal', "'ca.internal' must not have a user name or password"],
    ['https://', "'https://' is not a URL"],
    ['', "'' is not a URL"],
    ['https://ca.internal:99999', "'https://ca.internal:99999' is not a URL"],
    [
      'https://user:secret@ca.internal',
      "'https://ca.internal' must not have a user name or password",
    ],
  ])('refuses %j', (text, message) => {
    expect(() => parseCaUrl(text)).toThrow(
      expect.objectContaining({ code: 'url_invalid', message }),
    )
  })
})
