/**
 * A frame as a capture file holds it. Readers hand out one object over and over, with the bytes of
 * the file in place: a capture has millions of frames, and most are looked at for a moment only.
 */
export interface CapturedPacket {
  /** The chunk of the file that holds the frame; it is `bytes[start..end)`. */
  bytes: Uint8Array
  start: number
  end: number
  /** Bytes on the wire; more than the file holds where the capture cut frames short. */
  wireLength: number
  /** LINKTYPE_ value of the interface. */
  linkType: number
  /** Milliseconds since 1970, with a fraction. */
  time: number
  /** What the file says about this frame in words. */
  comment?: string | undefined
}

export type PacketHandler = (packet: CapturedPacket) => void

export function emptyPacket(): CapturedPacket {
  return {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    wireLength: 0,
    linkType: 0,
    time: 0,
    comment: undefined,
  }
}

/** Link types that can be read (https://www.tcpdump.org/linktypes.html). */
export const LINK_TYPES = {
  null: 0,
  ethernet: 1,
  /** What some systems write for raw IP. */
  rawBsd: 12,
  rawOpenBsd: 14,
  raw: 101,
  loop: 108,
  linuxCooked: 113,
  ipv4: 228,
  ipv6: 229,
  linuxCooked2: 276,
} as const
