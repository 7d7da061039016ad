import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskReplyLine, ReplyAssembler } from '../../../src/engine/ftp/reply.ts'
import { latin1, textOf } from '../../support/bytes.ts'

const LIMITS = { linesMax: 5, bytesMax: 60 }

function take(...lines: string[]): string[] {
  const assembler = new ReplyAssembler(LIMITS)
  return lines.map((line) => {
    const taken = assembler.take(latin1(line))
    return taken.type === 'line'
      ? `${taken.position} ${taken.code}: ${textOf(taken.bytes)}`
      : taken.type
  })
}

describe('one line', () => {
  test.each([
    ['220 ready', 220],
    ['150 ', 150],
    ['220', 220],
    ['699 x', 699],
    ['100 x', 100],
    ['201 x', 201],
    ['219 x', 219],
  ])('%j', (line, code) => {
    expect(take(line)).toEqual([`only ${code}: ${line}`])
  })

  test.each([
    '',
    '2',
    '22',
    '22 hi',
    '2/0 x',
    '2:0 x',
    '22/ x',
    '22: x',
    '2x0 hi',
    '099 x',
    '700 x',
    '220hi',
    '220\thi',
    '-220',
    ' 220 x',
  ])('F22 %j is no reply', (line) => {
    expect(take(line)).toEqual(['malformed'])
  })

  test('F22 digits of other scripts are no digits', () => {
    const assembler = new ReplyAssembler(LIMITS)
    expect(assembler.take(Buffer.from('２２０ x'))).toEqual({ type: 'malformed' })
  })
})

describe('several lines', () => {
  test('end at the code and a space', () => {
    expect(take('211-A', ' B', '211 C', '220 D')).toEqual([
      'first 211: 211-A',
      'middle 211:  B',
      'last 211: 211 C',
      'only 220: 220 D',
    ])
  })

  test('end at the bare code', () => {
    expect(take('211-A', '211')).toEqual(['first 211: 211-A', 'last 211: 211'])
  })

  test.each([
    ['211-B', '211-B'],
    [' 211 not the end', ' 211 not the end'],
    ['21', '21'],
    ['', ''],
    ['text', 'text'],
    // Python takes the first three, curl and others only `211 `: padded, it is text for all.
    ['2111 x', ' 2111 x'],
    ['211\tx', ' 211\tx'],
    ['212 x', ' 212 x'],
    ['212-x', ' 212-x'],
    ['212', ' 212'],
    ['227 Entering Passive Mode (10,0,0,20,0,22)', ' 227 Entering Passive Mode (10,0,0,20,0,22)'],
    ['000 x', ' 000 x'],
  ])('F23 %j stands between and does not end them', (line, shown) => {
    expect(take('211-A', line)[1]).toBe(`middle 211: ${shown}`)
  })

  test('are open until they end', () => {
    const assembler = new ReplyAssembler(LIMITS)
    expect(assembler.isOpen).toBe(false)
    assembler.take(latin1('220-x'))
    expect(assembler.isOpen).toBe(true)
    assembler.take(latin1('220 x'))
    expect(assembler.isOpen).toBe(false)
  })
})

describe('a masked line', () => {
  test.each([
    ['220 vsFTPd 3.0.3', 'only', '220 XXXXXX XXXXX'],
    ['220-a  b ', 'first', '220-X  X '],
    ['220', 'last', '220'],
    ['220 \xe9', 'last', '220 X'],
    ['220 x', 'middle', 'XXX X'],
    [' a', 'middle', ' X'],
    ['', 'middle', ''],
  ] as const)('%j, which is the %s one, is %j', (line, position, masked) => {
    expect(textOf(maskReplyLine(latin1(line), position))).toBe(masked)
  })
})

describe('limits', () => {
  test('lines: at the limit and one above', () => {
    expect(take('220-', 'a', 'a', 'a', '220 x').at(-1)).toBe('last 220: 220 x')
    expect(take('220-', 'a', 'a', 'a', 'a', '220 x').at(-1)).toBe('too-many')
  })

  test('bytes: at the limit and one above', () => {
    const rest = LIMITS.bytesMax - '220-'.length
    expect(take('220-', 'x'.repeat(rest)).at(-1)).toBe(`middle 220: ${'x'.repeat(rest)}`)
    expect(take('220-', 'x'.repeat(rest + 1)).at(-1)).toBe('too-many')
  })

  test('count anew for each reply', () => {
    const reply = ['220-', 'a', 'a', '220 x']
    expect(take(...reply, ...reply)).not.toContain('too-many')
  })
})

test('any bytes give an answer, and what goes on is what came or padded by one space', () => {
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.constantFrom('220-a', '220 a', '220', '227 x', '5', '').map(latin1),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const assembler = new ReplyAssembler({ linesMax: 100, bytesMax: 10_000 })
      for (const one of lines) {
        const taken = assembler.take(one)
        if (taken.type !== 'line') continue
        expect([textOf(one), ` ${textOf(one)}`]).toContain(textOf(taken.bytes))
        expect(taken.code).toBeGreaterThanOrEqual(100)
        expect(taken.code).toBeLessThan(700)
      }
    }),
  )
})
