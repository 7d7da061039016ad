import { expect, test } from 'vitest'
import {
  type Piece,
  seqAdd,
  seqDifference,
  TcpStream,
} from '../../../src/record/capture/tcp-stream.ts'

function piece(seq: number, text: string): Piece {
  const bytes = Buffer.from(text)
  return { seq: seq >>> 0, length: bytes.length, bytes, ack: undefined, isFin: false }
}

/** Everything that is ready, in order. */
function drained(stream: TcpStream): string {
  let text = ''
  for (let next = stream.ready; next !== undefined; next = stream.ready) {
    text += Buffer.from(next.bytes ?? []).toString()
    stream.pass(next)
  }
  return text
}

test('sequence numbers wrap', () => {
  expect(seqDifference(5, 0xfffffffb)).toBe(10)
  expect(seqDifference(0xfffffffb, 5)).toBe(-10)
  expect(seqAdd(0xffffffff, 2)).toBe(1)
})

test('in order across the end of the numbers', () => {
  const stream = new TcpStream()
  stream.next = 0xfffffffe
  stream.insert(piece(3, 'fgh'))
  expect(drained(stream)).toBe('')
  stream.insert(piece(0xfffffffe, 'abcde'))
  expect(drained(stream)).toBe('abcdefgh')
  expect([stream.next, stream.heldBytes]).toEqual([6, 0])
})

test('of overlapping bytes those that came first stay', () => {
  const stream = new TcpStream()
  stream.next = 0
  stream.insert(piece(2, 'CD'))
  stream.insert(piece(6, 'GH'))
  stream.insert(piece(1, 'xxxxxxxxx'))
  stream.insert(piece(0, 'AB'))
  expect(drained(stream)).toBe('AxCDxxGHxx')
})

test('old bytes are nobody’s, and a keep-alive is old', () => {
  const stream = new TcpStream()
  stream.next = 10
  stream.insert(piece(9, '?'))
  stream.insert(piece(5, 'old'))
  stream.insert(piece(8, '??new'))
  expect(drained(stream)).toBe('new')
})

test('what was skipped is counted, and does not come back', () => {
  const stream = new TcpStream()
  stream.next = 0
  stream.insert(piece(4, 'efg'))
  expect(stream.skipTo(4)).toBe(4)
  stream.insert(piece(0, 'abcd'))
  expect(drained(stream)).toBe('efg')
  expect(stream.skipTo(2)).toBe(0)
})

test('behind the end there is nothing', () => {
  const stream = new TcpStream()
  stream.next = 0
  stream.insert({ seq: 2, length: 1, bytes: undefined, ack: undefined, isFin: true })
  stream.insert(piece(5, 'late'))
  stream.insert(piece(0, 'ab'))
  expect(drained(stream)).toBe('ab')
  expect([stream.isEnded, stream.heldPieces, stream.next]).toEqual([true, 0, 3])
})
