import { expect, test } from 'vitest'
import { guess } from '../../src/replay/heuristic.ts'

const NONE: ReadonlySet<number> = new Set()
const HELLO = '\x16\x03\x01\x02\x00\x01'

function guessed(
  client: string,
  server: string,
  port = 2100,
  options: { isFromStart?: boolean; forced?: number } = {},
): string {
  const first = [Buffer.from(client, 'latin1'), Buffer.from(server, 'latin1')] as const
  const forced = options.forced === undefined ? NONE : new Set([options.forced])
  const { isFromStart = true } = options
  const answer = guess({ first, ports: [40_000, port], isFromStart }, forced)
  return answer.type === 'control'
    ? `control ${answer.server}${answer.isTls ? ' tls' : ''}`
    : answer.type
}

test.each([
  ['USER a\r\n', '220 hello\r\n', 'control 1'],
  ['', '220 some FTP server\r\n', 'control 1'],
  ['AUTH TLS\r\n', '220-x\r\n220 y\r\n', 'control 1'],
  ['', '220 hello\r\n', 'unknown'],
  ['', '', 'unknown'],
  ['US', '220 hello\r\n', 'unknown'],
  ['EHLO x\r\n', '220 mail ESMTP\r\n', 'other'],
  ['USER a\r\n', '+OK pop\r\n', 'other'],
  ['GET / HTTP/1.1\r\n', '', 'other'],
  ['', 'SSH-2.0-x\r\n', 'other'],
  [HELLO, '', 'other'],
])('%j and %j on any port: %s', (client, server, expected) => {
  expect(guessed(client, server)).toBe(expected)
})

test('on port 21 always, on 990 with TLS first, elsewhere when told', () => {
  expect(guessed('GET / HTTP/1.1\r\n', '', 21)).toBe('control 1')
  expect(guessed('', '', 21)).toBe('control 1')
  expect(guessed(HELLO, '', 990)).toBe('control 1 tls')
  expect(guessed('', '', 990)).toBe('unknown')
  expect(guessed('x', '', 8021, { forced: 8021 })).toBe('control 1')
})

test('in the middle of a connection the lines say who is who', () => {
  const running = { isFromStart: false }
  expect(guessed('PASV\r\n', '227 x\r\n', 2100, running)).toBe('control 1')
  expect(guessed('250 ok\r\n', 'CWD x\r\n', 2100, running)).toBe('control 0')
  expect(guessed('PASV\r\n', '', 2100, running)).toBe('unknown')
  expect(guessed('\x00\x01\x02', '', 2100, running)).toBe('other')
})
