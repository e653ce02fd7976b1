/**
 * True when one of a token's audiences is accepted: equal to an accepted one, or an https URL equal
 * to it but for the port. Host, path and fragment are compared as written, letter case included.
 */
export function matchAudience(accepted: readonly string[], audiences: readonly string[]): boolean {
  return audiences.some((audience) => {
    if (accepted.includes(audience)) return true
    const withoutPort = dropPort(audience)
    return withoutPort !== undefined && accepted.some((url) => dropPort(url) === withoutPort)
  })
}

/** Returns an https URL without its port, undefined for any other text. */
function dropPort(url: string): string | undefined {
  const match =
    /^(https:\/\/(?:\[[0-9A-Fa-f:.]+\]|[^/?#:@[\]]+))(?::[0-9]{1,5})?([/?#].*)?$/su.exec(url)
  return match === null ? undefined : `${match[1]}${match[2] ?? ''}`
}
