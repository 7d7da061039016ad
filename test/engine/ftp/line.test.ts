import fc from 'fast-check'
import { describe, expect, type MockInstance, test, vi } from 'vitest'
import { type FramedLine, type LineEnding, LineFramer } from '../../../src/engine/ftp/line.ts'
import { latin1, textOf } from '../../support/bytes.ts'

// Thousands of inputs; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

/** Every line that comes out of `chunks`; at most `2 × bytes`, since a too-long line never ends. */
function frame(chunks: readonly Uint8Array[], ending: LineEnding = 'strict', max = 16): string[] {
  const framer = new LineFramer(max, ending)
  const lines: string[] = []
  for (const chunk of chunks) {
    framer.push(chunk)
    for (let steps = 0; steps <= chunk.length; steps++) {
      const line = framer.next()
      if (line === undefined) break
      lines.push(show(line))
      if (line.type === 'malformed' && line.problem === 'too-long') return lines
    }
  }
  return lines
}

function show(line: FramedLine): string {
  return line.type === 'line'
    ? `line ${JSON.stringify(textOf(line.bytes))}`
    : `${line.problem} ${JSON.stringify(textOf(line.bytes))}`
}

function frameText(text: string, ending: LineEnding = 'strict'): string[] {
  return frame([latin1(text)], ending)
}

describe('lines', () => {
  test('a line ends in CR LF and comes without it', () => {
    expect(frameText('NOOP\r\nPWD\r\n')).toEqual(['line "NOOP"', 'line "PWD"'])
  })

  test('an unfinished line waits', () => {
    expect(frameText('NOOP\r')).toEqual([])
    expect(frameText('NOOP')).toEqual([])
  })

  test('empty lines are lines', () => {
    expect(frameText('\r\n\r\n')).toEqual(['line ""', 'line ""'])
  })

  test.each([
    ['PASV\n', 'bare-lf "PASV"'],
    ['\n', 'bare-lf ""'],
    ['NOOP\rPORT\r\n', 'bare-cr "NOOP\\rPORT"'],
    ['PASV\r\r\n', 'bare-cr "PASV\\r"'],
    ['\r\r\n', 'bare-cr "\\r"'],
    ['A\0B\r\n', 'nul "A\\u0000B"'],
    ['PASV\r\0\n', 'nul "PASV\\r\\u0000"'],
    ['a\rb\n', 'bare-cr "a\\rb"'],
  ])('%j is malformed: %s', (text, expected) => {
    expect(frameText(text)).toEqual([expected])
  })

  test('a malformed line does not swallow the next', () => {
    expect(frameText('A\0B\r\nNOOP\r\n')).toEqual(['nul "A\\u0000B"', 'line "NOOP"'])
  })

  test('tolerant takes LF for an end of line, and nothing else', () => {
    expect(frameText('PASV\nPWD\r\n', 'tolerant')).toEqual(['line "PASV"', 'line "PWD"'])
    expect(frameText('\n', 'tolerant')).toEqual(['line ""'])
    expect(frameText('PASV\r\r\n', 'tolerant')).toEqual(['bare-cr "PASV\\r"'])
    expect(frameText('A\0\n', 'tolerant')).toEqual(['nul "A\\u0000"'])
  })
})

test('a line that ended in LF alone says so', () => {
  const framer = new LineFramer(16, 'tolerant')
  framer.push(latin1('A\nB\r\n'))
  expect(framer.next()).toEqual({
    type: 'line',
    bytes: Uint8Array.from(latin1('A')),
    isBareLf: true,
  })
  expect(framer.next()).toEqual({ type: 'line', bytes: Uint8Array.from(latin1('B')) })
})

describe('a line that is completed at its CR', () => {
  function completed(text: string): { framer: LineFramer; line: string | undefined } {
    const framer = new LineFramer(16, 'strict')
    framer.push(latin1(text))
    const line = framer.completeAtCr()
    return { framer, line: line === undefined ? undefined : show(line) }
  }

  test('comes without it; the LF that follows is its own', () => {
    const { framer, line } = completed('AUTH TLS\r')
    expect(line).toBe('line "AUTH TLS"')
    expect([framer.hasBytes, textOf(framer.partial)]).toEqual([false, ''])
    framer.push(new Uint8Array(0))
    framer.push(latin1('\nNOOP\r\n'))
    expect(framer.next()).toMatchObject({ bytes: Uint8Array.from(latin1('NOOP')) })
    expect(framer.next()).toBeUndefined()
  })

  test('only the LF at once is its own, and only one', () => {
    const { framer } = completed('A\r')
    framer.push(latin1('\n\n'))
    expect(framer.next()).toMatchObject({ type: 'malformed', problem: 'bare-lf' })
    const other = completed('A\r').framer
    other.push(latin1('B'))
    other.push(latin1('\n'))
    expect(other.next()).toMatchObject({ problem: 'bare-lf', bytes: Uint8Array.from(latin1('B')) })
  })

  test('must end in CR', () => {
    for (const text of ['', 'A', 'A\rB']) {
      const { framer, line } = completed(text)
      expect(line).toBeUndefined()
      expect(textOf(framer.partial)).toBe(text)
    }
  })
})

describe('the limit', () => {
  const full = 'A'.repeat(16)

  test.each([
    [`${full.slice(1)}\r\n`, [`line "${full.slice(1)}"`]],
    [`${full}\r\n`, [`line "${full}"`]],
    [`${full}A\r\n`, [`too-long "${full}"`]],
    [`${full}\n`, [`bare-lf "${full}"`]],
    [`${full}AA`, [`too-long "${full}"`]],
    [full, []],
    [`${full}\r`, []],
  ])('%j with a limit of 16', (text, expected) => {
    expect(frameText(text)).toEqual(expected)
  })

  test('may be changed for the lines to come', () => {
    const framer = new LineFramer(4, 'strict')
    framer.limitTo(6)
    framer.push(latin1('SECRET\r\nSECRET\r\n'))
    expect(framer.next()).toMatchObject({ type: 'line' })
    framer.limitTo(4)
    expect(framer.next()).toMatchObject({
      problem: 'too-long',
      bytes: Uint8Array.from(latin1('SECR')),
    })
    framer.limitTo(6)
    expect(framer.next()).toMatchObject({ type: 'line' })
  })

  test('a line that is too long stays too long: nothing behind it is read', () => {
    const framer = new LineFramer(4, 'strict')
    framer.push(latin1('AAAAAAAA\r\nPASV\r\n'))
    for (let attempt = 0; attempt < 3; attempt++)
      expect(framer.next()).toMatchObject({ type: 'malformed', problem: 'too-long' })
  })
})

describe('what waits', () => {
  test('peek shows the first byte of the next line', () => {
    const framer = new LineFramer(16, 'strict')
    const waiting = (): unknown[] => [framer.peek(), framer.hasBytes, framer.byteCount]
    expect(waiting()).toEqual([undefined, false, 0])
    framer.push(latin1('AB\r\nC'))
    expect(waiting()).toEqual([0x41, true, 5])
    framer.next()
    expect(waiting()).toEqual([0x43, true, 1])
    framer.push(latin1('\r\n'))
    framer.next()
    expect(waiting()).toEqual([undefined, false, 0])
  })

  test('lines keep their bytes when the buffer is used again', () => {
    const framer = new LineFramer(16, 'strict')
    framer.push(latin1('FIRST\r\n'))
    const first = framer.next()
    framer.push(latin1('OTHER\r\n'))
    framer.next()
    expect(first).toEqual({ type: 'line', bytes: Uint8Array.from(latin1('FIRST')) })
  })

  test('pushed bytes may be changed by their owner', () => {
    const framer = new LineFramer(16, 'strict')
    const chunk = latin1('NOOP\r\n')
    framer.push(chunk)
    chunk.fill(0x58)
    expect(framer.next()).toMatchObject({ bytes: Uint8Array.from(latin1('NOOP')) })
  })
})

describe('any bytes', () => {
  const byte = fc.constantFrom(0x0d, 0x0a, 0x00, 0x41, 0x42, 0xff)
  const stream = fc
    .uint8Array({ maxLength: 60 })
    .chain((noise) =>
      fc.array(byte, { maxLength: 60 }).map((bytes) => Uint8Array.from([...bytes, ...noise])),
    )

  test('I6 the same bytes give the same lines, however they are cut', () => {
    fc.assert(
      fc.property(
        stream,
        fc.array(fc.nat({ max: 120 }), { maxLength: 8 }),
        fc.constantFrom<LineEnding>('strict', 'tolerant'),
        (bytes, cuts, ending) => {
          const whole = frame([bytes], ending)
          const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length]
          edges.sort((a, b) => a - b)
          const chunks = edges.slice(1).map((edge, index) => bytes.slice(edges[index], edge))
          expect(frame(chunks, ending)).toEqual(whole)
          expect(
            frame(
              [...bytes].map((one) => Uint8Array.of(one)),
              ending,
            ),
          ).toEqual(whole)
        },
      ),
    )
  })

  test('a line that is let through holds no CR, LF or NUL and is within the limit', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        for (const line of frame([bytes], 'tolerant')) {
          if (!line.startsWith('line ')) continue
          const text = JSON.parse(line.slice(5)) as string
          expect(text).not.toMatch(/[\r\n\0]/)
          expect(text.length).toBeLessThanOrEqual(16)
        }
      }),
    )
  })
})

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array

/** Until it is restored, `told` hears of every copy: into which array, and how many bytes. */
function spyOnCopies(told: (into: Uint8Array, count: number) => void): MockInstance {
  return vi.spyOn(TYPED_ARRAY, 'set').mockImplementation(function (
    this: Uint8Array,
    source: ArrayLike<number>,
    offset = 0,
  ) {
    told(this, source.length)
    for (let index = 0; index < source.length; index++) this[offset + index] = source[index] ?? 0
  })
}

describe('the buffer', () => {
  /** Pushes `length` bytes of a line that does not end, and tells how large the buffer is then. */
  function sizeAfter(framer: LineFramer, length: number): number {
    const bytes = latin1('z'.repeat(length))
    let size = 0
    const set = spyOnCopies((into) => {
      size = into.length
    })
    try {
      framer.push(bytes)
    } finally {
      set.mockRestore()
    }
    return size
  }

  /**
   * A framer that has read a line of `read` bytes, CR LF included, and holds `waiting` behind it, of
   * which `early` came with the line: the buffer was made for twice that.
   */
  function framerWith(read: number, waiting: number, early = 0): LineFramer {
    const framer = new LineFramer(10_000, 'strict')
    framer.push(latin1(`${'A'.repeat(read - 2)}\r\n${'B'.repeat(early)}`))
    framer.push(latin1('B'.repeat(waiting - early)))
    expect(framer.next()).toMatchObject({ type: 'line' })
    return framer
  }

  test('begins small, is filled to its last byte, and doubles what waits', () => {
    const framer = new LineFramer(10_000, 'strict')
    expect(sizeAfter(framer, 10)).toBe(256)
    expect(sizeAfter(framer, 246)).toBe(256)
    expect(sizeAfter(framer, 1)).toBe(514)
  })

  test.each([
    { early: 0, more: 300, size: 600, why: 'half of it was read' },
    { early: 1, more: 300, size: 700, why: 'less than half was read' },
    { early: 0, more: 550, size: 600, why: 'what waits just fits' },
    { early: 0, more: 551, size: 1202, why: 'what waits does not fit' },
  ])('is used again or made larger: $why', ({ early, more, size }) => {
    const framer = framerWith(300, 50, early)
    expect(sizeAfter(framer, more)).toBe(size)
    framer.push(latin1('\r\nNOOP\r\n'))
    const whole = 'B'.repeat(50) + 'z'.repeat(more)
    expect(framer.next()).toMatchObject({ bytes: Uint8Array.from(latin1(whole)) })
    expect(framer.next()).toMatchObject({ bytes: Uint8Array.from(latin1('NOOP')) })
  })

  test('that a burst made larger than 4 KB is given back when all is read', () => {
    expect(sizeAfter(framerWith(2048, 0), 1)).toBe(4096)
    expect(sizeAfter(framerWith(2049, 0), 1)).toBe(256)
    expect(sizeAfter(framerWith(2049, 1), 1)).toBe(4098)
  })
})

describe('a drip of single bytes', () => {
  /** Bytes copied and bytes searched while `bytes` drip in. */
  function costOf(bytes: Uint8Array, isRead: boolean): { copied: number; searched: number } {
    let copied = 0
    let searched = 0
    const set = spyOnCopies((_, count) => {
      copied += count
    })
    const indexOf = vi.spyOn(TYPED_ARRAY, 'indexOf').mockImplementation(function (
      this: Uint8Array,
      wanted: number,
      from = 0,
    ) {
      for (let index = from; index < this.length; index++) {
        searched += 1
        if (this[index] === wanted) return index
      }
      return -1
    })
    try {
      const framer = new LineFramer(1_000_000, 'strict')
      for (const byte of bytes) {
        framer.push(Uint8Array.of(byte))
        if (isRead) framer.next()
      }
    } finally {
      set.mockRestore()
      indexOf.mockRestore()
    }
    return { copied, searched }
  }

  test.each([
    ['one long line', 'A'.repeat(65_536), true],
    ['many short lines', 'NOOP\r\n'.repeat(10_000), true],
    ['many lines that nobody reads', 'NOOP\r\n'.repeat(10_000), false],
  ])('R8 costs a fixed number of steps a byte: %s', (_, text, isRead) => {
    const { copied, searched } = costOf(latin1(text), isRead)
    expect(copied).toBeGreaterThanOrEqual(text.length)
    expect(copied).toBeLessThan(4 * text.length)
    expect(searched).toBeGreaterThanOrEqual(isRead ? text.length : 0)
    expect(searched).toBeLessThan(2 * text.length)
  })
})
