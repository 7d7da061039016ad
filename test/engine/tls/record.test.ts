import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TlsProblem } from '../../../src/engine/tls/fact.ts'
import {
  BODY_BYTES_MAX,
  BODY_BYTES_MAX_1_3,
  type FramedRecords,
  RecordFramer,
  type RecordHeader,
  type RecordReader,
} from '../../../src/engine/tls/record.ts'
import { applicationData, ascii, bytes, concat, record } from './support/hello-bytes.ts'

/** Writes down what it is told, parts of a body joined. */
class Notes implements RecordReader {
  readonly bodyBytesMax = BODY_BYTES_MAX
  readonly records: { header: RecordHeader; body: number[]; isWhole: boolean }[] = []

  startRecord(header: RecordHeader): undefined {
    this.records.push({ header, body: [], isWhole: false })
  }

  readBody(part: Uint8Array, isLast: boolean): undefined {
    const last = this.records.at(-1)
    if (last === undefined || last.isWhole) throw new Error('a body without a header')
    last.body.push(...part)
    last.isWhole = isLast
  }
}

function framer(notes: RecordReader = new Notes()): RecordFramer {
  return new RecordFramer(notes, 4)
}

function framing(detail: string): TlsProblem {
  return { reason: 'tls.framing', detail }
}

function takeAll(chunks: readonly Uint8Array[]): {
  notes: Notes
  opaque: Buffer
  clear: Buffer
  problem?: FramedRecords['problem']
} {
  const notes = new Notes()
  const subject = framer(notes)
  const taken = chunks.map((chunk) => ({ chunk, framed: subject.take(chunk) }))
  const problem = taken.at(-1)?.framed.problem
  return {
    notes,
    opaque: Buffer.concat(taken.map(({ framed }) => framed.opaque)),
    clear: Buffer.concat(
      taken.map(({ chunk, framed }) => chunk.subarray(framed.clearFrom ?? chunk.length)),
    ),
    ...(problem === undefined ? {} : { problem }),
  }
}

describe('RecordFramer', () => {
  test('tells records apart, and passes them on', () => {
    const said = concat(record(22, bytes('01 02')), applicationData(3))
    const { notes, opaque } = takeAll([said])
    expect(notes.records).toEqual([
      { header: { contentType: 22, length: 2 }, body: [1, 2], isWhole: true },
      { header: { contentType: 23, length: 3 }, body: [0xa5, 0xa5, 0xa5], isWhole: true },
    ])
    expect(opaque).toEqual(Buffer.from(said))
  })

  test('takes every version from SSL 3.0 to TLS 1.3 in a header, and no other', () => {
    for (let version = 0; version < 0x600; version++) {
      const isTls = version >= 0x300 && version <= 0x304
      const { problem } = framer().take(record(23, bytes('00'), version))
      expect(problem).toEqual(isTls ? undefined : framing('record version'))
    }
  })

  test('the first byte of a record is TLS, text, or neither', () => {
    for (let byte = 0; byte < 256; byte++) {
      const framed = framer().take(Uint8Array.of(byte))
      const isTls = byte >= 20 && byte <= 23
      const isText = byte > 0x20 && byte < 0x7f
      expect(framed.clearFrom).toBe(isText ? 0 : undefined)
      expect(framed.problem).toEqual(
        isTls || isText ? undefined : { reason: 'tls.expected', detail: 'content type' },
      )
    }
  })

  test('T13 the same byte after a record is bad framing', () => {
    const heartbeat = concat(applicationData(1), bytes('18 03 03 00 03 01 40 00'))
    expect(framer().take(heartbeat).problem).toEqual(framing('content type'))
  })

  test('holds a header back until it is whole, and no longer', () => {
    const subject = framer()
    const [first, rest] = [bytes('17 03 03 00'), bytes('02 aa')]
    expect(subject.take(first).opaque).toHaveLength(0)
    expect(subject.bufferedBytes).toBe(4)
    expect(subject.take(new Uint8Array(0)).opaque).toHaveLength(0)
    expect(Buffer.from(subject.take(rest).opaque)).toEqual(Buffer.concat([first, rest]))
    expect(subject.bufferedBytes).toBe(0)
    expect(subject.hasRecords).toBe(true)
  })

  test('T8 a header that turns out to be none is never passed on', () => {
    const subject = framer()
    expect(subject.take(bytes('16')).opaque).toHaveLength(0)
    const { opaque, problem } = subject.take(ascii('PORT 10,0,0,66,0,22\r\n'))
    expect(opaque).toHaveLength(0)
    expect(problem).toEqual(framing('record version'))
  })

  test('T14 finds no text inside a record', () => {
    const { clear } = takeAll([record(23, ascii('\r\nPORT 10,0,0,66,0,22\r\n'))])
    expect(clear).toHaveLength(0)
  })

  test('T15 finds the first clear byte, and stays clear', () => {
    const records = concat(applicationData(26), record(21, new Uint8Array(26)))
    const subject = framer()
    const framed = subject.take(concat(records, ascii('PASV\r\n')))
    expect(framed.clearFrom).toBe(records.length)
    expect(Buffer.from(framed.opaque)).toEqual(Buffer.from(records))
    expect(subject.take(applicationData(4))).toMatchObject({ clearFrom: 0 })
  })

  test('T13 a record longer than allowed is refused at its header', () => {
    expect(framer().take(bytes('17 03 03 48 00')).problem).toBeUndefined()
    expect(framer().take(bytes('17 03 03 48 01')).problem).toEqual(framing('record length'))
  })

  test('T13 only application data may be empty, and not for ever', () => {
    for (const type of [20, 21, 22])
      expect(framer().take(record(type, new Uint8Array(0))).problem).toEqual(
        framing('empty record'),
      )
    const empty = applicationData(0)
    expect(takeAll([empty, empty, empty, empty]).notes.records).toEqual(
      Array(4).fill({ header: { contentType: 23, length: 0 }, body: [], isWhole: true }),
    )
    expect(takeAll([empty, empty, empty, empty, empty]).problem).toEqual(framing('empty record'))
  })

  test('stops where its reader finds a problem', () => {
    const problem = { reason: 'tls.handshake', detail: 'test' } as const
    let parts = 0
    const subject = framer({
      bodyBytesMax: BODY_BYTES_MAX,
      startRecord: () => undefined,
      readBody: () => {
        parts += 1
        return problem
      },
    })
    const two = concat(applicationData(1), applicationData(1))
    expect(subject.take(two)).toMatchObject({ problem })
    expect(subject.take(two)).toMatchObject({ problem })
    expect(parts).toBe(1)
  })

  test('reads no body, not even an empty one, of a record that its reader refuses', () => {
    const problem = { reason: 'tls.handshake', detail: 'test' } as const
    const subject = framer({
      bodyBytesMax: BODY_BYTES_MAX,
      startRecord: () => problem,
      readBody: () => {
        throw new Error('a body was read')
      },
    })
    expect(subject.take(applicationData(0)).problem).toEqual(problem)
  })

  test('what came whole is passed on without a copy', () => {
    const said = applicationData(4)
    expect(framer().take(said).opaque.buffer).toBe(said.buffer)
  })

  test('the longest bodies are those of RFC 5246 and RFC 8446', () => {
    expect([BODY_BYTES_MAX, BODY_BYTES_MAX_1_3]).toEqual([18_432, 16_640])
  })

  test('segments mean nothing', () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((body) => record(23, body)),
      fc.uint8Array({ minLength: 1, maxLength: 40 }).map((body) => record(22, body)),
      fc.constant(ascii('EPSV\r\n')),
      fc.uint8Array({ maxLength: 3 }),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.array(fc.nat(240)), (parts, cuts) => {
        const said = concat(...parts)
        const ends = [...cuts.filter((cut) => cut < said.length), said.length].sort((a, b) => a - b)
        const cut = ends.map((end, index) => said.subarray(ends[index - 1] ?? 0, end))
        const [whole, split] = [takeAll([said]), takeAll(cut)]
        expect(split.notes.records).toEqual(whole.notes.records)
        expect(split.problem).toEqual(whole.problem)
        expect(split.clear).toEqual(whole.clear)
        if (whole.problem === undefined) expect(split.opaque).toEqual(whole.opaque)
      }),
    )
  })
})
