import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../src/engine/id.ts'
import type { PacketLogRecord, SessionRecord } from '../../src/engine/session/record.ts'
import { instant } from '../../src/net/instant.ts'
import { Ladder } from '../../src/record/ladder.ts'
import { opaqueTexts, securityRow } from '../../src/record/ladder-security.ts'
import { textWidth } from '../../src/record/text-width.ts'

const session = sessionId('s1')
const range = pinholeId(session, 0)
const of = { session, client: '192.0.2.10:40000', server: '10.0.0.5:21' } as const

type Body = SessionRecord extends infer R
  ? R extends SessionRecord
    ? Omit<R, keyof typeof of>
    : never
  : never

/** Rows of `bodies`, 10 ms apart, as one text. */
function draw(bodies: readonly Body[], columns: number = 100): string {
  const ladder = new Ladder({ columns })
  const records = bodies.map((body) => ({ ...of, ...body }) as PacketLogRecord)
  const rows = records.flatMap((each, index) => ladder.rows(each, instant(1000 + index * 10)))
  return `\n${[...rows, ...ladder.flush()].join('\n')}\n`
}

const open = {
  type: 'session.open',
  listener: 'public',
  local: '203.0.113.1:21',
  rule: 'partners',
  profile: 'default',
} as const

const certificate = {
  type: 'tls.certificate',
  side: 'server',
  chainLength: 2,
  subject: 'C=SE, O=Example, CN=ftp.example.com',
  issuer: 'C=SE, O=Example, CN=Example CA',
  names: ['IP Address:203.0.113.1', 'DNS:ftp.example.com'],
  notBefore: '2026-01-31T00:00:00.000Z',
  notAfter: '2027-01-31T00:00:00.000Z',
  fingerprint: 'AB:CD',
  key: 'ec prime256v1',
} as const

const toTls: readonly Body[] = [
  open,
  { type: 'control.reply', code: 220, text: 'Service ready.', lines: 1 },
  { type: 'control.command', verb: 'AUTH', argument: 'TLS' },
  { type: 'control.reply', code: 234, text: 'Go ahead', lines: 1, verb: 'AUTH' },
  {
    type: 'tls.hello',
    side: 'client',
    versions: ['TLS 1.3', 'TLS 1.2'],
    ciphers: Array.from({ length: 31 }, (_, index) => `CIPHER_${index}`),
    serverName: 'ftp.example.com',
    alpn: ['ftp'],
  },
]

describe('the ladder', () => {
  test('a session that is encrypted, goes back to clear text and is read again', () => {
    const bodies: readonly Body[] = [
      ...toTls,
      {
        type: 'tls.hello',
        side: 'server',
        versions: ['TLS 1.2'],
        ciphers: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
        alpn: ['ftp'],
      },
      certificate,
      { type: 'tls.alert', side: 'client', level: 'warning', name: 'certificate_expired' },
      {
        type: 'channel.opaque',
        mechanism: 'TLS',
        version: 'TLS 1.2',
        cipher: 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
      },
      {
        type: 'range.open',
        range,
        peer: '192.0.2.10',
        listening: '203.0.113.1 60000-60100',
        dial: '10.0.0.5 60000-60100',
      },
      { type: 'pinhole.use', pinhole: range, peer: '192.0.2.10:40001' },
      {
        type: 'data.open',
        pinhole: range,
        mode: 'passive',
        from: '192.0.2.10:40001',
        to: '10.0.0.5:60017',
      },
      {
        type: 'data.close',
        pinhole: range,
        toClientBytes: 1_234_567,
        toServerBytes: 812,
        durationMs: 1520,
        cause: 'end',
      },
      { type: 'channel.clear', side: 'client', closeNotify: false },
      { type: 'channel.clear', side: 'server', closeNotify: true },
      { type: 'range.close', range, connections: 1 },
      { type: 'control.command', verb: 'PWD' },
      { type: 'control.reply', code: 257, text: '"/"', lines: 1, verb: 'PWD' },
    ]
    expect(draw(bodies)).toMatchInlineSnapshot(`
      "
         0.000  ── session s1 ────────────────────────────────────────────────────────────────────────────
                   listener public · rule partners · profile default
                client                        │ portcullis           │  server
                192.0.2.10:40000              │ 203.0.113.1:21       │  10.0.0.5:21
         0.010                               ◀┼──────────────────────┼─ 220 Service ready.
         0.020  AUTH TLS                     ─┼──────────────────────┼▶
         0.030                               ◀┼──────────────────────┼─ 234 Go ahead
         0.040  TLS 1.2 and 1.3, 31 ciphers  ─┼──── ClientHello ─────┼▶ for ftp.example.com, ALPN ftp
         0.050  TLS 1.2, ALPN ftp            ◀┼──── ServerHello ─────┼─ ECDHE_ECDSA_AES_256_GCM_SHA384
         0.060  valid until 2027-01-31       ◀┼──── certificate ─────┼─ ftp.example.com, by Example CA
         0.070  certificate_expired          ─┼─────── alert ────────┼▶
         0.080  ▒▒ opaque from here: nobody in between can read it ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
                   AUTH TLS · TLS 1.2 · TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
         0.090  only 192.0.2.10               │ ○ p0 60000-60100     │  leads to 10.0.0.5 60000-60100
         0.100                                │ ● p0 used            │
         0.110  192.0.2.10:40001             ═╪═════════ p0 ═════════╪═ 10.0.0.5:60017
         0.120  1,234,567 bytes              ◀╪══════ 1.520 s ═══════╪▶ 812 bytes
         0.130  clear again, no close_notify  │           ▒▒▒▒▒▒▒▒▒▒ │  still opaque
         0.140                                │ both sides readable  │  clear again, close_notify
         0.150  1 data connection             │ ● p0 shut            │
         0.160  PWD                          ─┼──────────────────────┼▶
         0.170                               ◀┼──────────────────────┼─ 257 "/"
      "
    `)
  })

  test('a handshake that is refused', () => {
    const bodies: readonly Body[] = [
      ...toTls,
      {
        type: 'tls.hello',
        side: 'server',
        versions: ['TLS 1.3'],
        ciphers: ['TLS_AES_256_GCM_SHA384'],
        retry: true,
      },
      { type: 'tls.alert', side: 'server', level: 'fatal', name: 'handshake_failure' },
      {
        type: 'verdict',
        verdict: 'close',
        reason: 'tls.fallback',
        side: 'client',
        detail: 'clear text after a failed handshake',
      },
    ]
    expect(draw(bodies, 80)).toMatchInlineSnapshot(`
      "
         0.000  ── session s1 ────────────────────────────────────────────────────────
                   listener public · rule partners · profile default
                client               │ portcullis           │  server
                192.0.2.10:40000     │ 203.0.113.1:21       │  10.0.0.5:21
         0.010                      ◀┼──────────────────────┼─ 220 Service ready.
         0.020  AUTH TLS            ─┼──────────────────────┼▶
         0.030                      ◀┼──────────────────────┼─ 234 Go ahead
         0.040  TLS 1.2 and 1.3, 3… ─┼──── ClientHello ─────┼▶ for ftp.example.com, A…
         0.050  TLS 1.3             ◀┼──── please retry ────┼─ AES_256_GCM_SHA384
         0.060                      ◀┼──── fatal alert ─────┼─ handshake_failure
         0.070                       │ ✗ session closed: clear text after a TLS
                                     │   handshake that failed [tls.fallback] (clear
                                     │   text after a failed handshake)
      "
    `)
  })

  test('lines that GSSAPI protects, and a range that nobody used', () => {
    const bodies: readonly Body[] = [
      { type: 'channel.opaque', mechanism: 'GSSAPI' },
      {
        type: 'range.open',
        range,
        peer: '2001:db8::10',
        listening: '2001:db8::1 60000-60100',
        dial: 'fd00::5 60000-60100',
      },
      { type: 'channel.clear', side: 'server' },
      { type: 'range.close', range, connections: 0 },
    ]
    expect(draw(bodies)).toMatchInlineSnapshot(`
      "
                ── session s1 ────────────────────────────────────────────────────────────────────────────
         0.000  ▒▒ opaque from here: nobody in between can read it ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
                   AUTH GSSAPI
         0.010  only 2001:db8::10             │ ○ p0 60000-60100     │  leads to fd00::5 60000-60100
         0.020                                │ both sides readable  │  clear again
         0.030                                │ × p0 shut: unused    │
      "
    `)
  })

  test('no name in a handshake makes a row break or leave its column', () => {
    const text = fc.string({ unit: 'binary', maxLength: 100 })
    fc.assert(
      fc.property(text, text, (name, other) => {
        const rows = draw([
          open,
          { type: 'tls.hello', side: 'client', versions: [name], ciphers: [], serverName: other },
          { type: 'tls.hello', side: 'server', versions: [name], ciphers: [other], alpn: [name] },
          { ...certificate, subject: name, issuer: other, names: [], notAfter: name },
          { type: 'channel.opaque', mechanism: name, version: other, cipher: name },
        ])
          .trim()
          .split('\n')
        expect(rows).toHaveLength(4 + 3 + 2)
        for (const row of rows) {
          expect(row).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
          expect(textWidth(row)).toBeLessThanOrEqual(100)
        }
      }),
    )
  })
})

describe('securityRow', () => {
  const hello = { type: 'tls.hello', side: 'client', versions: ['TLS 1.3'], ciphers: [] } as const

  test('shortens a list of versions, whatever its order', () => {
    const said = (versions: readonly string[]): string | undefined =>
      securityRow({ ...of, ...hello, versions }).left?.text
    expect(said(['TLS 1.3'])).toBe('TLS 1.3, 0 ciphers')
    expect(said(['TLS 1.3', 'TLS 1.2'])).toBe('TLS 1.2 and 1.3, 0 ciphers')
    expect(said(['TLS 1.0', 'SSL 3.0', 'TLS 1.1', 'TLS 1.2'])).toBe('SSL 3.0 to 1.2, 0 ciphers')
  })

  test('says where a record names only some of the ciphers', () => {
    const said = (length: number): string | undefined =>
      securityRow({ ...of, ...hello, ciphers: Array.from({ length }, () => 'X') }).left?.text
    expect(said(31)).toBe('TLS 1.3, 31 ciphers')
    expect(said(32)).toBe('TLS 1.3, 32+ ciphers')
  })

  test('says what the client wishes', () => {
    const wishes = (more: object): string | undefined =>
      securityRow({ ...of, ...hello, ...more }).right?.text
    expect(wishes({})).toBe('names no server')
    expect(wishes({ alpn: ['ftp', 'x'] })).toBe('names no server, ALPN ftp/x')
    expect(wishes({ serverName: 'a.example', resumption: 'psk', encryptedHello: true })).toBe(
      'for a.example, or one it hides, resumes by psk',
    )
  })

  test('says whose certificate it is', () => {
    const owner = (more: object): string | undefined =>
      securityRow({ ...of, ...certificate, ...more }).right?.text
    const { issuer } = certificate
    expect(owner({ names: [] })).toBe('ftp.example.com, by Example CA')
    expect(owner({ names: undefined, subject: 'O=Example' })).toBe('O=Example, by Example CA')
    expect(owner({ names: [], subject: issuer })).toBe('Example CA, by itself')
    const problem = { chainLength: 1, problem: 'encoding' }
    expect(
      securityRow({ ...of, type: 'tls.certificate', side: 'client', ...problem }),
    ).toMatchObject({ left: { text: 'unreadable: encoding' }, right: { text: '' } })
  })
})

test('opaqueTexts says what makes a connection opaque', () => {
  const below = (more: object): string =>
    opaqueTexts({ ...of, type: 'channel.opaque', mechanism: 'TLS', ...more }).below
  expect(below({})).toBe('AUTH TLS')
  expect(below({ mechanism: 'implicit TLS', version: 'TLS 1.3' })).toBe('implicit TLS · TLS 1.3')
  expect(below({ cipher: 'TLS_AES_128_GCM_SHA256', resumed: true })).toBe(
    'AUTH TLS · TLS_AES_128_GCM_SHA256 · resumed',
  )
  const plain = { ...of, type: 'channel.opaque', mechanism: 'TLS', nullCipher: true } as const
  expect(opaqueTexts(plain).title).toMatch('this cipher suite encrypts nothing')
})
