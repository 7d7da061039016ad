import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SegmentDecoder } from '../../../src/record/capture/segment-decoder.ts'
import { TcpDialogue } from '../../../src/record/capture/tcp-dialogue.ts'
import { LINK_TYPES } from '../../../src/record/capture/packet.ts'
import { TcpWriter } from '../../../src/record/capture/tcp-writer.ts'
import { CLIENT, SERVER } from './support/files.ts'

type Step = readonly [side: 0 | 1, text: string]

const SESSION: readonly Step[] = [
  [1, '220 ready\r\n'],
  [0, 'USER a\r\n'],
  [1, '331 password\r\n'],
  [0, 'PASS b\r\n'],
  [1, '230 in\r\n'],
  [0, 'QUIT\r\n'],
  [1, '221 bye\r\n'],
]

/** Packets of a whole connection; `ordinal` decides where its numbers begin. */
function packets(steps: readonly Step[], ordinal = 1, isClosed = true): Uint8Array[] {
  const writer = new TcpWriter(CLIENT, SERVER, ordinal)
  const frames = [
    ...writer.open(),
    ...steps.flatMap(([side, text]) => writer.data(side, Buffer.from(text))),
  ]
  return isClosed ? [...frames, ...writer.end(1), ...writer.end(0)] : frames
}

/** What comes out, as `0:text`, `gap 0 5`, `end 1`. Neighbouring bytes of a side are joined. */
function play(
  frames: readonly Uint8Array[],
  options: { cut?: number; step?: number; isFinished?: boolean } = {},
): string[] {
  const { cut, step = 1, isFinished = true } = options
  const events: string[] = []
  const dialogue = new TcpDialogue({
    bytes(side, bytes) {
      const text = Buffer.from(bytes).toString('latin1')
      if (events.at(-1)?.startsWith(`${side}:`) === true) events.push(events.pop() + text)
      else events.push(`${side}:${text}`)
    },
    gap: (side, bytes) => events.push(`gap ${side} ${bytes}`),
    closed: (side, cause) => events.push(`${cause} ${side}`),
  })
  const decoder = new SegmentDecoder()
  let time = 0
  for (const frame of frames) {
    time += step
    const end = Math.min(frame.length, cut ?? frame.length)
    const linkType = LINK_TYPES.raw
    const segment = decoder.decode({
      bytes: frame,
      start: 0,
      end,
      wireLength: frame.length,
      linkType,
      time,
    })
    if (segment !== undefined) dialogue.push(segment, segment.sourcePort === CLIENT.port ? 0 : 1)
  }
  if (isFinished) dialogue.finish(time)
  return events
}

const EXPECTED = [...SESSION.map(([side, text]) => `${side}:${text}`), 'end 1', 'end 0']

describe('any order, any cuts, any repetition: the same dialogue', () => {
  test('packets of a window change places', () => {
    const displaced = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 30, maxLength: 30 })
    fc.assert(
      fc.property(displaced, fc.integer({ min: 0, max: 70_000 }), (shifts, ordinal) => {
        const [syn = new Uint8Array(0), synAck = syn, ...rest] = packets(SESSION, ordinal)
        const mixed = rest
          .map((frame, index) => ({ frame, place: index + (shifts[index] ?? 0) }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ frame }) => frame)
        expect(play([syn, synAck, ...mixed])).toEqual(EXPECTED)
      }),
    )
  })

  test('packets come twice, and late', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 }), (copies) => {
        const frames = packets(SESSION)
        const repeated = [...frames]
        for (const [from, to] of copies) {
          const source = from % frames.length
          const at = source + 1 + (to % (frames.length - source))
          const frame = frames[source]
          if (frame !== undefined) repeated.splice(at, 0, frame)
        }
        expect(play(repeated)).toEqual(EXPECTED)
      }),
    )
  })

  test('bytes are cut anywhere, and pieces overlap', () => {
    const text = 'NOOP\r\nSTAT\r\nPWD\r\nTYPE I\r\n'
    const pieces = fc.array(fc.tuple(fc.nat(text.length - 1), fc.integer({ min: 1, max: 9 })), {
      maxLength: 20,
    })
    fc.assert(
      fc.property(pieces, fc.integer({ min: 0, max: 70_000 }), (cuts, ordinal) => {
        const open = new TcpWriter(CLIENT, SERVER, ordinal).open()
        const frames = cuts.flatMap(([at, length]) => {
          const writer = new TcpWriter(CLIENT, SERVER, ordinal)
          writer.open()
          // Sent and not captured: only the numbers move on.
          writer.data(0, Buffer.from(text.slice(0, at)))
          return writer.data(0, Buffer.from(text.slice(at, at + length))).slice(0, 1)
        })
        const writer = new TcpWriter(CLIENT, SERVER, ordinal)
        writer.open()
        const whole = writer.data(0, Buffer.from(text))
        expect(play([...open, ...frames, ...whole])).toEqual([`0:${text}`])
      }),
    )
  })
})

test('an answer that was captured before its question waits for it', () => {
  const frames = packets(
    [
      [0, 'PASV\r\n'],
      [1, '227 …\r\n'],
    ],
    1,
    false,
  )
  const [syn, synAck, ack, question, acked, answer] = frames
  const mixed = [syn, synAck, ack, acked, answer, question].filter((one) => one !== undefined)
  expect(play(mixed)).toEqual(play(frames))
})

test('a segment that is missing is a gap once the receiver has acknowledged it', () => {
  const frames = packets(
    [...SESSION, ...Array.from({ length: 40 }, () => [0, 'NOOP\r\n'] as const)],
    1,
    false,
  )
  const without = frames.filter((frame) => !Buffer.from(frame).includes('PASS'))
  const events = play(without, { isFinished: false })
  expect(events.slice(0, 4)).toEqual([
    '1:220 ready\r\n',
    '0:USER a\r\n',
    '1:331 password\r\n',
    'gap 0 8',
  ])
  expect(events.slice(4, 6)).toEqual(['1:230 in\r\n', '0:QUIT\r\n'])
})

test('it is no gap while it may come again, and one when nothing more comes', () => {
  const frames = packets(SESSION.slice(0, 4), 1, false)
  const isPass = (frame: Uint8Array): boolean => Buffer.from(frame).includes('PASS')
  const pass = frames.find(isPass) ?? new Uint8Array(0)
  const last = new TcpWriter(CLIENT, SERVER, 1)
  last.open()
  for (const [side, text] of SESSION.slice(0, 4)) last.data(side, Buffer.from(text))
  const [later = new Uint8Array(0)] = last.data(0, Buffer.from('SYST\r\n'))
  const lossy = [...frames.slice(0, -2), later]
  expect(play(lossy, { isFinished: false }).at(-1)).toBe('1:331 password\r\n')
  expect(play([...lossy, pass]).at(-1)).toBe('0:PASS b\r\nSYST\r\n')
  expect(play(lossy).slice(-2)).toEqual(['gap 0 8', '0:SYST\r\n'])
})

test('what a short snapshot length cut off is a gap, not a guess', () => {
  expect(play(packets(SESSION), { cut: 46 }).slice(0, 4)).toEqual([
    '1:220 re',
    'gap 1 5',
    '0:USER a',
    'gap 0 2',
  ])
})

test('without its beginning a connection is read from the first packet on', () => {
  expect(play(packets(SESSION).slice(7))).toEqual(EXPECTED.slice(2))
})

test('a reset ends it; one that is far off does not', () => {
  const writer = new TcpWriter(CLIENT, SERVER, 1)
  const open = [...writer.open(), ...writer.data(1, Buffer.from('220 x\r\n'))]
  const [forged] = new TcpWriter(CLIENT, SERVER, 30_000).reset(0)
  expect(play([...open, ...(forged === undefined ? [] : [forged]), ...writer.reset(1)])).toEqual([
    '1:220 x\r\n',
    'reset 1',
  ])
})

test('keep-alives and probes of a closed window say nothing', () => {
  const frames = packets(SESSION, 1, false)
  const again = frames.flatMap((frame) => [frame, frame])
  expect(play(again)).toEqual(EXPECTED.slice(0, -2))
})

test('a hole that is never filled does not fill the memory', () => {
  const writer = new TcpWriter(CLIENT, SERVER, 1)
  const open = writer.open()
  writer.data(0, Buffer.from('lost\r\n'))
  const flood = Array.from(
    { length: 400 },
    () => writer.data(0, Buffer.alloc(1400, 'x'))[0] ?? new Uint8Array(0),
  )
  const events = play([...open, ...flood], { step: 0, isFinished: false })
  expect(events[0]).toBe('gap 0 6')
})
