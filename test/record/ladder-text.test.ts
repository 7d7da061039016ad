import { expect, test } from 'vitest'
import { announcement, bytesText, commandText, seconds } from '../../src/record/ladder-text.ts'
import { sessionId } from '../../src/engine/id.ts'

const of = { session: sessionId('s1'), client: '10.0.0.1:4000', server: '10.0.0.2:21' } as const

test('announced addresses look as they do on the wire', () => {
  expect(announcement('PORT', '10.0.0.1:50000')).toBe('PORT 10,0,0,1,195,80')
  expect(announcement('227', '10.0.0.1:50000')).toBe('227 (10,0,0,1,195,80)')
  expect(announcement('EPRT', '[2001:db8::1]:50000')).toBe('EPRT |2|2001:db8::1|50000|')
  expect(announcement('229', '[2001:db8::1]:50000')).toBe('229 (|||50000|)')
  expect(announcement('229', 'not an endpoint')).toBe('229 not an endpoint')
})

test('a secret that is absent is said to be', () => {
  expect(commandText({ type: 'control.command', verb: 'PASS', ...of })).toBe(
    'PASS (never recorded)',
  )
  expect(commandText({ type: 'control.command', verb: 'PWD', ...of })).toBe('PWD')
})

test('numbers are easy to read', () => {
  expect([0, 1, 999, 1000, 1234567].map(bytesText)).toEqual([
    '0 bytes',
    '1 byte',
    '999 bytes',
    '1,000 bytes',
    '1,234,567 bytes',
  ])
  expect(seconds(12.3456)).toBe('0.012 s')
})
