/** What a route adds to the line of its request: no token, key or password is in any of it. */
export interface LogFields {
  /** Base64 of the DER. */
  readonly certificate?: string
  readonly error?: string
  readonly issuer?: string
  readonly mTLS?: boolean
  readonly passiveOnly?: boolean
  readonly provisioner?: string
  readonly 'public-key'?: string
  readonly reason?: string
  readonly reasonCode?: number
  /** The names of a certificate by their type. */
  readonly sans?: Readonly<Record<string, readonly string[]>>
  /** Decimal. */
  readonly serial?: string
  readonly subject?: string
  /** RFC 3339. */
  readonly 'valid-from'?: string
  readonly 'valid-to'?: string
  /** Decimal serial numbers of what was revoked, too. */
  readonly 'with-renewals'?: string
}

/** Every field of a line. */
export interface LineFields extends LogFields {
  readonly duration: string
  readonly 'duration-ns': number
  /** When the request came, RFC 3339. */
  readonly 'fields.time': string
  readonly level: 'info' | 'warning' | 'error'
  readonly method: string
  readonly msg: ''
  readonly name: string
  readonly path: string
  readonly protocol: string
  readonly referer: string
  readonly 'remote-address': string
  readonly 'request-id': string
  readonly size: number
  readonly status: number
  /** When the line is written, RFC 3339. */
  readonly time: string
  readonly 'user-agent': string
  readonly 'user-id': string
}

/** The same members in their order, that of their names; the compiler asks for those that are missing. */
export function orderFields(fields: LineFields): Readonly<Record<keyof LineFields, unknown>> {
  return {
    certificate: fields.certificate,
    duration: fields.duration,
    'duration-ns': fields['duration-ns'],
    error: fields.error,
    'fields.time': fields['fields.time'],
    issuer: fields.issuer,
    level: fields.level,
    mTLS: fields.mTLS,
    method: fields.method,
    msg: fields.msg,
    name: fields.name,
    passiveOnly: fields.passiveOnly,
    path: fields.path,
    protocol: fields.protocol,
    provisioner: fields.provisioner,
    'public-key': fields['public-key'],
    reason: fields.reason,
    reasonCode: fields.reasonCode,
    referer: fields.referer,
    'remote-address': fields['remote-address'],
    'request-id': fields['request-id'],
    sans: fields.sans,
    serial: fields.serial,
    size: fields.size,
    status: fields.status,
    subject: fields.subject,
    time: fields.time,
    'user-agent': fields['user-agent'],
    'user-id': fields['user-id'],
    'valid-from': fields['valid-from'],
    'valid-to': fields['valid-to'],
    'with-renewals': fields['with-renewals'],
  }
}
