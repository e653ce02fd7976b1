import type { Socket } from 'node:net'

/** Answers what is no HTTP request, as far as the connection allows, and closes it. */
export function refuseMalformedRequest(socket: Socket, error: NodeJS.ErrnoException): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const status = statusByCode.get(error.code ?? '') ?? '400 Bad Request'
  const headers = ['Content-Type: text/plain; charset=utf-8', 'Connection: close']
  socket.end([`HTTP/1.1 ${status}`, ...headers, '', status].join('\r\n'), () => socket.destroy())
}

/** Node's codes for what is too large or too slow. */
const statusByCode: ReadonlyMap<string, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', '413 Request Entity Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
])
