/** Alerts in clear (RFC 8446 §6, RFC 5246 §7.2): two bytes, level and description. */
import { complete, malformed, type Parsed } from '../../net/parsed.ts'

export const ALERT_BYTES = 2

export interface Alert {
  readonly level: 'warning' | 'fatal'
  readonly description: number
  /** The RFC's word for the description; its number where it has none. */
  readonly name: string
  /** Whether no handshake can follow: fatal, or the farewell of a side that has given up. */
  readonly endsHandshake: boolean
}

const CLOSE_NOTIFY = 0

const NAMES: ReadonlyMap<number, string> = new Map([
  [CLOSE_NOTIFY, 'close_notify'],
  [10, 'unexpected_message'],
  [20, 'bad_record_mac'],
  [21, 'decryption_failed'],
  [22, 'record_overflow'],
  [30, 'decompression_failure'],
  [40, 'handshake_failure'],
  [41, 'no_certificate'],
  [42, 'bad_certificate'],
  [43, 'unsupported_certificate'],
  [44, 'certificate_revoked'],
  [45, 'certificate_expired'],
  [46, 'certificate_unknown'],
  [47, 'illegal_parameter'],
  [48, 'unknown_ca'],
  [49, 'access_denied'],
  [50, 'decode_error'],
  [51, 'decrypt_error'],
  [60, 'export_restriction'],
  [70, 'protocol_version'],
  [71, 'insufficient_security'],
  [80, 'internal_error'],
  [86, 'inappropriate_fallback'],
  [90, 'user_canceled'],
  [100, 'no_renegotiation'],
  [109, 'missing_extension'],
  [110, 'unsupported_extension'],
  [111, 'certificate_unobtainable'],
  [112, 'unrecognized_name'],
  [113, 'bad_certificate_status_response'],
  [114, 'bad_certificate_hash_value'],
  [115, 'unknown_psk_identity'],
  [116, 'certificate_required'],
  [120, 'no_application_protocol'],
  [121, 'ech_required'],
])

/** Decodes the body of a record of type 21 that is not encrypted. */
export function decodeAlert(body: Uint8Array): Parsed<Alert> {
  const [level, description] = body
  if (body.length !== ALERT_BYTES || description === undefined) return malformed('length')
  if (level !== 1 && level !== 2) return malformed('level')
  return complete({
    level: level === 2 ? 'fatal' : 'warning',
    description,
    name: NAMES.get(description) ?? `${description}`,
    endsHandshake: level === 2 || description === CLOSE_NOTIFY,
  })
}
