/**
 * A replay as a packet log: the records of the engine with the times of the capture, in a hash
 * chain, so that everything that reads packet logs reads this too. What only a capture can tell
 * stands between them as records of types that begin with `capture.`.
 */
import { GENESIS, sealFirstLine, sealLine } from '../../record/hash-chain.ts'
import type { ReplayRecord } from '../record.ts'
import type { ReplayOutput, WriteLine } from './output.ts'

export interface JsonLinesOptions {
  readonly version: string
  /** Name of the rule file. */
  readonly rules: string
}

export class JsonLinesOutput implements ReplayOutput {
  readonly #write: WriteLine
  readonly #options: JsonLinesOptions
  #seq = 0
  #hash: string = GENESIS
  #lastTime = 0

  constructor(write: WriteLine, options: JsonLinesOptions) {
    this.#write = write
    this.#options = options
  }

  record(record: ReplayRecord, at: number): void {
    if (this.#seq === 0) this.#seal({ type: 'log.start', ...this.#options }, at)
    this.#seal(record, at)
  }

  end(): void {
    if (this.#seq > 0) this.#seal({ type: 'log.stop' }, this.#lastTime)
  }

  #seal(record: ReplayRecord, at: number): void {
    this.#lastTime = at
    this.#seq += 1
    const { type, session, client, server, ...rest } = {
      session: undefined,
      client: undefined,
      server: undefined,
      ...record,
    }
    const time = new Date(at).toISOString()
    const body = JSON.stringify({ time, seq: this.#seq, type, session, client, server, ...rest })
    const printable = body.replace(ACTIVE, escapeInJson)
    const sealed =
      this.#seq === 1 ? sealFirstLine(this.#hash, printable) : sealLine(this.#hash, printable)
    this.#hash = sealed.hash
    this.#write(sealed.line)
  }
}

/** Text of peers is escaped before; should any not be, a terminal must still not act upon it. */
const ACTIVE = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\u061c\ufeff]/g

function escapeInJson(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
