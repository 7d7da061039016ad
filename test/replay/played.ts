/** Captures made of conversations, and what a replay says of them. */
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import type { Ruleset } from '../../src/engine/rules/ruleset.ts'
import { type Endpoint, parseEndpoint } from '../../src/net/endpoint.ts'
import { TcpWriter, type WriterSide } from '../../src/record/capture/tcp-writer.ts'
import { permissiveRuleset } from '../../src/replay/door.ts'
import { type CaptureRecord, isCaptureRecord, type ReplayRecord } from '../../src/replay/record.ts'
import { Replay, type ReplayOptions } from '../../src/replay/replay.ts'
import { type Frame, pcap } from '../record/capture/support/files.ts'

export const START: number = Date.parse('2026-11-21T10:00:00Z')

export function at(text: string): Endpoint {
  const found = parseEndpoint(text)
  if (found === undefined) throw new RangeError(text)
  return found
}

/** Several connections in one file, each packet a millisecond after the one before. */
export class CaptureScript {
  readonly frames: Frame[] = []
  #time = START
  #ordinal = 0

  get time(): number {
    return this.#time
  }

  connect(from: string, to: string): ScriptedConnection {
    this.#ordinal += 1
    return new ScriptedConnection(this, new TcpWriter(at(from), at(to), this.#ordinal))
  }

  put(packets: readonly Uint8Array[]): void {
    for (const bytes of packets) {
      this.#time += 1
      this.frames.push({ time: this.#time, bytes })
    }
  }

  wait(milliseconds: number): void {
    this.#time += milliseconds
  }

  get file(): Buffer {
    return pcap(this.frames)
  }
}

export class ScriptedConnection {
  readonly #script: CaptureScript
  readonly #writer: TcpWriter

  constructor(script: CaptureScript, writer: TcpWriter) {
    this.#script = script
    this.#writer = writer
  }

  open(): this {
    this.#script.put(this.#writer.open())
    return this
  }

  /** Lines of the side that opened the connection (`>`) and of the other (`<`), one segment each. */
  say(...lines: readonly string[]): this {
    for (const line of lines) {
      const side: WriterSide = line.startsWith('<') ? 1 : 0
      this.bytes(side, Buffer.from(`${line.slice(2)}\r\n`, 'latin1'))
    }
    return this
  }

  bytes(side: WriterSide, bytes: Uint8Array): this {
    this.#script.put(this.#writer.data(side, bytes))
    return this
  }

  /** Sent, and not in the capture: neither the segment nor its acknowledgement. */
  lost(line: string): this {
    this.#writer.data(line.startsWith('<') ? 1 : 0, Buffer.from(`${line.slice(2)}\r\n`, 'latin1'))
    return this
  }

  close(): this {
    this.#script.put([...this.#writer.end(1), ...this.#writer.end(0)])
    return this
  }
}

export const LOGIN: readonly string[] = [
  '< 220 ready',
  '> USER u',
  '< 331 password',
  '> PASS p',
  '< 230 in',
]

export interface Played {
  readonly records: readonly ReplayRecord[]
  /** One line for each record that says more than that something passed. */
  readonly lines: readonly string[]
  readonly data: readonly Extract<CaptureRecord, { type: 'capture.data' }>[]
}

export function play(
  file: Uint8Array,
  ruleset: Ruleset = permissiveRuleset(),
  options: ReplayOptions = {},
  onTime: (at: number) => void = () => undefined,
): Played {
  const records: ReplayRecord[] = []
  const sink = {
    record: (record: ReplayRecord, at: number) => {
      records.push(record)
      onTime(at)
    },
  }
  const replay = new Replay([{ evaluator: createEvaluator(ruleset), sink }], options)
  for (let start = 0; start < file.length; start += 65_536)
    replay.push(file.subarray(start, start + 65_536))
  replay.finish()
  return {
    records,
    lines: records.map(lineOf).filter((line) => line !== ''),
    data: records
      .filter((one) => isCaptureRecord(one))
      .filter((one) => one.type === 'capture.data'),
  }
}

function lineOf(record: ReplayRecord): string {
  switch (record.type) {
    case 'verdict':
      return [record.verdict, record.reason, record.verb].join(' ').trim()
    case 'session.refused':
    case 'session.close':
      return `${record.type} ${record.reason}`
    case 'rewrite':
      return `rewrite ${record.form} ${record.before} ${record.after}`
    case 'capture.data':
      return `data ${record.cover}${record.reason === undefined ? '' : ` ${record.reason}`}`
    case 'capture.gap':
      return `gap ${record.side} ${record.bytes}`
    case 'capture.mid-stream':
      return `mid-stream ${record.session} ${record.cause}`
    case 'capture.diverged':
      return `diverged ${record.verb} ${record.code}`
    case 'channel.opaque':
      return 'opaque'
    case 'channel.clear':
      return `clear ${record.side}`
    default:
      return ''
  }
}

/** A front door at 203.0.113.1 before the server of the scripts. */
export function doorRuleset(options: Partial<Parameters<typeof frontDoor>[0]> = {}): Ruleset {
  return frontDoor({ listen: at('203.0.113.1:21'), server: at('198.51.100.20:21'), ...options })
}
