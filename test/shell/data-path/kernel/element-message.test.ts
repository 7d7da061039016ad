import { expect, test } from 'vitest'
import type { Element } from '../../../../src/shell/data-path/kernel/elements.ts'
import { formatBatch } from '../../../../src/shell/data-path/kernel/element-message.ts'
import {
  parseAttributes,
  parseMessages,
  parseNested,
  readNumber,
} from '../../../../src/shell/netlink/message.ts'

const element: Element = {
  set: 'pinholes4',
  key: '10.91.1.1 . 10.91.1.254 . 50000',
  value: '10.91.2.1 . 40000',
  timeoutSeconds: 30,
  isInterval: false,
}

/** The one element of the second message. */
function attributes(type: 'add' | 'add-anyhow' | 'delete', wish: Partial<Element> = {}) {
  const [, message] = [
    ...parseMessages(formatBatch([{ type, element: { ...element, ...wish } }], 7)),
  ]
  if (message === undefined) throw new Error('no message')
  const list = parseAttributes(message)
  const one = parseNested(parseNested(list.get(3)).get(1))
  const hex = (bytes?: Uint8Array): string | undefined =>
    bytes && Buffer.from(bytes).toString('hex')
  return {
    message,
    table: Buffer.from(list.get(1) ?? []).toString('latin1'),
    set: Buffer.from(list.get(2) ?? []).toString('latin1'),
    key: hex(parseNested(one.get(1)).get(1)),
    keyEnd: hex(parseNested(one.get(10)).get(1)),
    data: hex(parseNested(one.get(2)).get(1)),
    timeout: readNumber(one.get(4), 8),
  }
}

test('an element of a map', () => {
  expect(attributes('add')).toMatchObject({
    message: { subsystem: 10, type: 12, sequence: 7 },
    table: 'portcullis\0',
    set: 'pinholes4\0',
    key: '0a5b0101' + '0a5b01fe' + 'c3500000',
    keyEnd: undefined,
    data: '0a5b0201' + '9c400000',
    timeout: 30_000,
  })
})

test('an element that is added to be deleted has no time of its own', () => {
  expect(attributes('add-anyhow')).toMatchObject({ message: { type: 12 }, timeout: undefined })
  expect(attributes('delete')).toMatchObject({ message: { type: 14 }, timeout: undefined })
})

test('an interval has two ends, also of one port', () => {
  const key = '10.91.1.1 . 10.91.1.254 . 60000-60100'
  expect(attributes('add', { key, isInterval: true })).toMatchObject({
    key: '0a5b01010a5b01feea600000',
    keyEnd: '0a5b01010a5b01feeac40000',
  })
  const one = attributes('add', { isInterval: true })
  expect(one.keyEnd).toBe(one.key)
})

test('IPv6, and no data in a set', () => {
  const key = '2001:db8::1 . ::ffff . 1'
  expect(attributes('add', { key, value: undefined })).toMatchObject({
    key: `20010db8${'0'.repeat(23)}1${'0'.repeat(28)}ffff00010000`,
    data: undefined,
  })
})

test('a day is longer than the smaller half of a number', () => {
  expect(attributes('add', { timeoutSeconds: 100 * 86_400 }).timeout).toBe(100 * 86_400_000)
})

test('a batch begins, ends, and has the last message acknowledged', () => {
  const bytes = formatBatch(
    [
      { type: 'add', element },
      { type: 'delete', element },
    ],
    7,
  )
  const messages = [...parseMessages(bytes)]
  expect(messages.map(({ type }) => type)).toEqual([16, 12, 14, 17])
  expect(messages.every(({ sequence }) => sequence === 7)).toBe(true)
})

test('what is neither an address nor a port is a mistake of ours', () => {
  expect(() => attributes('add', { key: 'x' })).toThrow('neither an address nor a port: x')
})
