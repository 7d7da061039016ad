/**
 * Capture files piece by piece: chunks of any size go in, frames come out. Of what is cut in two by
 * chunks only the beginning is kept, so memory does not grow with the file.
 */
import type { PacketHandler } from './packet.ts'
import { type CaptureFormat, isPcap, PcapFormat } from './pcap.ts'
import { isPcapng, PcapngFormat } from './pcapng.ts'

export type CaptureProblem =
  /** Neither pcap nor pcapng. */
  | 'format'
  /** What stands here contradicts the format; nothing behind it is read. */
  | 'damaged'
  /** The file ends within a frame, as when a capture is copied while it is being written. */
  | 'cut-short'

/** What both formats need to tell themselves apart. */
const MAGIC_BYTES = 4

export class CaptureReader {
  readonly #onPacket: PacketHandler
  #format: CaptureFormat | undefined
  #rest: Uint8Array = new Uint8Array(0)
  #bytes = 0
  #problem: CaptureProblem | undefined

  constructor(onPacket: PacketHandler) {
    this.#onPacket = onPacket
  }

  /** Bytes of the file so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** Why reading stopped before the end. */
  get problem(): CaptureProblem | undefined {
    return this.#problem
  }

  /** Reads on. The chunk may be kept until the next one and is not to be written to again. */
  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    if (this.#problem !== undefined) return
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    this.#format ??= bytes.length < MAGIC_BYTES ? undefined : this.#choose(bytes)
    if (this.#format === undefined) {
      this.#rest = bytes
      if (bytes.length >= MAGIC_BYTES) this.#stop('format')
      return
    }
    const stopped = this.#format.read(bytes, 0)
    if (stopped === undefined) return this.#stop('damaged')
    this.#rest = bytes.subarray(stopped)
  }

  /** There is no more. */
  end(): void {
    if (this.#problem !== undefined) return
    if (this.#format === undefined) this.#stop('format')
    else if (this.#rest.length > 0) this.#stop('cut-short')
  }

  #choose(bytes: Uint8Array): CaptureFormat | undefined {
    if (isPcap(bytes)) return new PcapFormat(this.#onPacket)
    return isPcapng(bytes) ? new PcapngFormat(this.#onPacket) : undefined
  }

  #stop(problem: CaptureProblem): void {
    this.#problem = problem
    this.#rest = new Uint8Array(0)
  }
}
