/** Bytes of clients that servers read in different ways, or that a firewall could. */
import type { Ip } from '../../../src/net/ip.ts'
import type { Port } from '../../../src/net/port.ts'

/** Where the client awaits the server's data connection. */
export interface Awaiting {
  readonly address: Ip
  readonly port: Port
  /** As PORT names it. */
  readonly numbers: string
}

export interface CommandRow {
  readonly title: string
  /** Each piece is a segment of its own. A character is a byte. */
  readonly pieces: (at: Awaiting) => readonly string[]
  /** The replies through the proxy must be those that come directly. */
  readonly isSound?: boolean
  /** Said before the login. */
  readonly isEarly?: boolean
}

function raw(text: string, title: string = printable(text)): CommandRow {
  return { title, pieces: () => [text] }
}

function split(...pieces: readonly string[]): CommandRow {
  return { title: pieces.map(printable).join(' | '), pieces: () => pieces }
}

function sound(text: string): CommandRow {
  return { ...raw(text), isSound: true }
}

function early(text: string): CommandRow {
  return { ...raw(text), title: `${printable(text)} before the login`, isEarly: true }
}

/** With the client's own port in it, followed by a LIST that uses it. */
function active(title: string, line: (at: Awaiting) => string): CommandRow {
  return { title: `${title}, then LIST`, pieces: (at) => [`${line(at)}\r\nLIST\r\n`] }
}

function printable(text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 4)}…(${text.length} bytes)` : text
  return shown
    .replaceAll('\r', '␍')
    .replaceAll('\n', '␊')
    .replace(/[^ -~␍␊…]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

export const COMMAND_ROWS: readonly CommandRow[] = [
  sound('PASV\r\n'),
  sound('pasv\r\n'),
  sound('EPSV\r\n'),
  sound('EPSV 1\r\n'),
  raw('EPSV 2\r\n'),
  raw('EPSV x\r\n'),
  raw('EPSV ALL\r\nEPSV\r\n'),
  raw('EPSV ALL\r\nPASV\r\n'),
  // Line ends
  raw('PASV\n'),
  raw('PASV\r'),
  raw('PASV\r\r\n'),
  raw('PASV\r\0\n'),
  raw('\r\nPASV\r\n'),
  raw('\nPASV\r\n'),
  raw('NOOP\nPASV\r\n'),
  raw('NOOP\rPASV\r\n'),
  raw('NOOP\r\0PASV\r\n'),
  raw('NOOP\0PASV\r\n'),
  raw('CWD a\rPASV\r\n'),
  raw('CWD a\0PASV\r\n'),
  raw('CWD a\0\r\nPASV\r\n'),
  raw('A\0B\r\n'),
  raw('\0PASV\r\n'),
  raw('PASV\0\r\n'),
  // What some languages take for the end of a line
  raw('NOOP\x0bPASV\r\n'),
  raw('NOOP\x0cPASV\r\n'),
  raw('NOOP\x1cPASV\r\n'),
  raw('NOOP\x85PASV\r\n'),
  raw('NOOP\xc2\x85PASV\r\n'),
  raw('NOOP\xe2\x80\xa8PASV\r\n'),
  // Verbs that become PASV in capitals, without quotes or on one server
  raw('PA\xc5\xbfV\r\n'),
  raw('P"A"S"V"\r\n'),
  raw('P@SW\r\n'),
  raw('SPSV\r\n'),
  raw('LPSV\r\n'),
  raw('CPSV\r\n'),
  raw('xxABOR\r\n'),
  raw('xxPASV\r\n'),
  raw('PASVx\r\n'),
  raw(' PASV\r\n'),
  raw('\tPASV\r\n'),
  raw('PASV \r\n'),
  raw('PASV\t\r\n'),
  raw('PASV x\r\n'),
  raw('PASV;LIST\r\n'),
  raw('PA\x08ASV\r\n'),
  raw('\xef\xbb\xbfPASV\r\n'),
  raw('\xd0\xd1\xb3\xd6\r\n'),
  raw('CWD \xfc\r\nPASV\r\n'),
  // Telnet
  raw('\xff\xfd\x01PASV\r\n'),
  raw('\xff\xfb\x18PASV\r\n'),
  raw('PA\xff\xfd\x01SV\r\n'),
  raw('PASV\xff\xf9\r\n'),
  raw('\xff\xffPASV\r\n'),
  raw('\xff\xf4\xff\xf2ABOR\r\n'),
  raw('\xff\xf4\xff\xf2PASV\r\n'),
  raw('\xff\xfa\x18PASV\r\n\xff\xf0\r\n'),
  // Overlong, with something to run in the tail
  raw(`${'A'.repeat(508)}PASV\r\n`),
  raw(`${'A'.repeat(512)}PASV\r\n`),
  raw(`CWD ${'a'.repeat(1_020)}PASV\r\n`),
  raw(`${'A'.repeat(2_048)}PASV\r\n`),
  raw(`${'A'.repeat(4_096)}PASV\r\n`),
  raw(`CWD ${'a'.repeat(8_188)}PASV\r\n`),
  {
    title: '2049 × A, PORT …',
    pieces: ({ numbers }) => [`${'A'.repeat(2_049)}PORT ${numbers}\r\nLIST\r\n`],
  },
  // Segments and pipelining
  split('P', 'A', 'S', 'V', '\r', '\n'),
  split('PASV\r', '\nLIST\r\n'),
  sound('NOOP\r\nPASV\r\n'),
  sound('PASV\r\nPASV\r\n'),
  sound('PASV\r\nEPSV\r\n'),
  raw('PASV\r\nLIST\r\n'),
  raw('PASV\r\nLIST\r\nEPSV\r\nLIST\r\n'),
  raw('PASV\r\nNOOP\r\nLIST\r\n'),
  raw('PASV\r\nABOR\r\nLIST\r\n'),
  raw('PASV\r\nREIN\r\nLIST\r\n'),
  // Transfers without a set-up
  raw('LIST\r\n'),
  raw('RETR nothing\r\n'),
  early('PASV\r\n'),
  early('EPSV\r\n'),
  early('USER x\r\nPASV\r\n'),
  early('LIST\r\n'),
  // PORT and EPRT
  active('PORT as usual', ({ numbers }) => `PORT ${numbers}`),
  active('port as usual', ({ numbers }) => `port ${numbers}`),
  active('PORT with two spaces', ({ numbers }) => `PORT  ${numbers}`),
  active('PORT with a space at the end', ({ numbers }) => `PORT ${numbers} `),
  active('PORT with spaces between', ({ numbers }) => `PORT ${numbers.replaceAll(',', ', ')}`),
  active('PORT with leading zeros', ({ numbers }) => `PORT 0${numbers.replaceAll(',', ',0')}`),
  active('PORT with a seventh number', ({ numbers }) => `PORT ${numbers},1`),
  active('PORT with five numbers', ({ numbers }) => `PORT ${numbers.replace(/,\d+$/, '')}`),
  active('PORT with a plus', ({ numbers }) => `PORT +${numbers}`),
  active('PORT with a minus', ({ numbers }) => `PORT -${numbers}`),
  active('PORT with 256 more in the host', ({ numbers }) => `PORT 383${numbers.slice(3)}`),
  active('PORT with text behind', ({ numbers }) => `PORT ${numbers}x`),
  active('PORT in brackets', ({ numbers }) => `PORT (${numbers})`),
  active('PORT of a stranger', ({ numbers }) => `PORT 127,37,9,66,${sixths(numbers)}`),
  active('PORT of 0.0.0.0', ({ numbers }) => `PORT 0,0,0,0,${sixths(numbers)}`),
  active('PORT to port 22', ({ address }) => `PORT ${address.replaceAll('.', ',')},0,22`),
  active('PORT to port 0', ({ address }) => `PORT ${address.replaceAll('.', ',')},0,0`),
  active('PORT that ends in LF', ({ numbers }) => `PORT ${numbers}\nNOOP`),
  active('PORT with NUL behind', ({ numbers }) => `PORT ${numbers}\0`),
  active('EPRT as usual', ({ address, port }) => `EPRT |1|${address}|${port}|`),
  active('EPRT with !', ({ address, port }) => `EPRT !1!${address}!${port}!`),
  active('EPRT of IPv6', ({ port }) => `EPRT |2|::1|${port}|`),
  active('EPRT of a mapped address', ({ address, port }) => `EPRT |2|::ffff:${address}|${port}|`),
  active('EPRT of a stranger', ({ port }) => `EPRT |1|127.37.9.66|${port}|`),
  active('EPRT without the last |', ({ address, port }) => `EPRT |1|${address}|${port}`),
  active('EPRT with mixed delimiters', ({ address, port }) => `EPRT |1!${address}|${port}|`),
  active('EPRT with a digit as delimiter', ({ address, port }) => `EPRT 919${address}9${port}9`),
  active('EPRT to port 65536 + n', ({ address, port }) => `EPRT |1|${address}|${port + 65_536}|`),
  active('EPRT with leading zeros', ({ address, port }) => `EPRT |01|${address}|0${port}|`),
  active('EPRT with text behind', ({ address, port }) => `EPRT |1|${address}|${port}|x`),
  active('PORT, then PASV', ({ numbers }) => `PORT ${numbers}\r\nPASV`),
  active('PASV, then PORT', ({ numbers }) => `PASV\r\nPORT ${numbers}`),
  active('LPRT', ({ address, port }) => {
    return `LPRT 4,4,${address.replaceAll('.', ',')},2,${port >> 8},${port & 255}`
  }),
]

function sixths(numbers: string): string {
  return numbers.split(',').slice(4).join(',')
}
