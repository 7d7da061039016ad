import { endianness } from 'node:os'
import { describe, expect, test } from 'vitest'
import {
  bytes8,
  bytes16,
  bytes32,
  errorNumber,
  formatRequest,
  type Message,
  parseAttributes,
  parseMessages,
  parseNested,
  readNumber,
  viewOf,
} from '../../../src/shell/netlink/message.ts'
import { acknowledgement, hex } from './bytes.ts'

const REQUEST = {
  subsystem: 1,
  type: 2,
  flags: 5,
  sequence: 0x01_02_03_04,
  family: 2,
  resource: 0x12_34,
  attributes: [
    { type: 3, value: bytes8(0xaa) },
    { type: 4, value: [{ type: 1, value: bytes16(0xbb_cc) }] },
  ],
}

describe('a request', () => {
  test.skipIf(endianness() !== 'LE')('is laid out as the kernel reads it', () => {
    expect(hex(formatRequest(REQUEST))).toBe(
      [
        '28000000', // length: 40
        '0201', // subsystem 1, type 2
        '0500', // flags
        '04030201', // sequence
        '00000000', // from whom: the kernel fills it in
        '0200', // family, version
        '1234', // resource, in the order of the network
        '05000300aa000000', // attribute 3: 5 bytes, and three to the next multiple of four
        '0c000480', // attribute 4, nested
        '06000100bbcc0000',
      ].join(''),
    )
  })

  test('is read back as it was written', () => {
    const [message] = messages(formatRequest(REQUEST))
    expect(message).toMatchObject({ subsystem: 1, type: 2, sequence: 0x01_02_03_04 })
    const attributes = parseAttributes(message as Message)
    expect([...attributes.keys()]).toEqual([3, 4])
    expect(readNumber(attributes.get(3), 1)).toBe(0xaa)
    expect(readNumber(parseNested(attributes.get(4)).get(1), 2)).toBe(0xbb_cc)
  })
})

describe('a datagram', () => {
  const one = formatRequest(REQUEST)

  test('may hold several messages', () => {
    const second = formatRequest({ ...REQUEST, sequence: 9 })
    expect(messages(Buffer.concat([one, second])).map(({ sequence }) => sequence)).toEqual([
      0x01_02_03_04, 9,
    ])
  })

  test('that is cut anywhere has only whole messages', () => {
    for (let length = 0; length < one.length; length++)
      expect(messages(one.subarray(0, length))).toEqual([])
  })

  test('with a message shorter than its header ends there', () => {
    const wrong = Uint8Array.from(one)
    viewOf(wrong).setUint32(0, 15, endianness() === 'LE')
    expect(messages(Buffer.concat([wrong, one]))).toEqual([])
  })
})

describe('attributes', () => {
  test('that reach past the end, or are shorter than their header, are left out', () => {
    for (const length of [0, 3, 9, 65_535]) {
      const bytes = new Uint8Array(8)
      viewOf(bytes).setUint16(0, length, endianness() === 'LE')
      expect(parseNested(bytes).size).toBe(0)
    }
  })

  test('there are none in nothing', () => {
    expect(parseNested(undefined).size).toBe(0)
  })
})

describe('an answer', () => {
  test.each([0, 2, 16])('that says %d', (errno) => {
    const [message] = messages(acknowledgement(errno, 7))
    expect(message?.sequence).toBe(7)
    expect(errorNumber(message as Message)).toBe(errno)
  })

  test('of another kind is no error', () => {
    const [message] = messages(formatRequest(REQUEST))
    expect(errorNumber(message as Message)).toBeUndefined()
  })

  test('that is cut before its number is no error', () => {
    const [message] = messages(acknowledgement(2, 7))
    const cut = { ...(message as Message), body: new Uint8Array(3) }
    expect(errorNumber(cut)).toBeUndefined()
  })
})

describe('a number', () => {
  test('has as many bytes as it should', () => {
    expect(readNumber(bytes32(0xff_fe_fd_fc), 4)).toBe(0xff_fe_fd_fc)
    expect(readNumber(bytes32(1), 2)).toBeUndefined()
    expect(readNumber(undefined, 4)).toBeUndefined()
  })

  test('may have more than 32 bits', () => {
    expect(readNumber(Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 2), 8)).toBe(2 ** 40 + 2)
  })
})

function messages(datagram: Uint8Array): Message[] {
  return [...parseMessages(datagram)]
}
