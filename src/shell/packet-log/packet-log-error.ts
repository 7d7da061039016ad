/** Why a packet log cannot be opened. */
export type PacketLogErrorCode =
  | 'packet-log.symlink'
  | 'packet-log.directory'
  | 'packet-log.not-a-file'
  | 'packet-log.foreign'
  | 'packet-log.missing-directory'
  | 'packet-log.permission'
  | 'packet-log.unread-pipe'
  | 'packet-log.open'

/** The packet log cannot be opened. `message` is one sentence for the operator. */
export class PacketLogError extends Error {
  override readonly name = 'PacketLogError'
  readonly code: PacketLogErrorCode

  constructor(code: PacketLogErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}
