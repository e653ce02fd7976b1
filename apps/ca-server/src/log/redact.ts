/** Cuts out of a text what looks like a token (RFC 7515 §7.1), whole or begun. */
export function redactTokens(text: string): string {
  return text.includes('eyJ') ? text.replaceAll(tokenLike, '[redacted]') : text
}

/** Returns a request's target without tokens, and without the values of parameters that no route knows. */
export function redactTarget(target: string): string {
  const question = target.indexOf('?')
  if (question < 0) return redactTokens(target)
  const query = target
    .slice(question + 1)
    .split('&')
    .map(redactParameter)
    .join('&')
  return redactTokens(`${target.slice(0, question)}?${query}`)
}

function redactParameter(parameter: string): string {
  const equals = parameter.indexOf('=')
  if (equals < 0) return parameter
  const name = parameter.slice(0, equals)
  return shownParameters.has(name) ? parameter : `${name}=[redacted]`
}

const shownParameters: ReadonlySet<string> = new Set(['cursor', 'limit'])
const tokenLike = /eyJ[\w-]{4,}(?:(?:\.|%2e)[\w-]*)*/gi
