import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { describeEntry, describeFields, nameOf } from '../../../src/record/audit/describe.ts'
import { entryOf, entryOfLine } from './sample.ts'

test('every documented type in one line', () => {
  const lines = readFileSync('docs/packet-log.md', 'utf8').match(/^\{"time".*\}$/gm) ?? []
  const described = lines.map((line) => {
    const entry = entryOfLine(line)
    return `${entry.type} | ${describeEntry(entry).text}`
  })
  expect(described).toMatchInlineSnapshot(`
    [
      "log.start | portcullis 0.1.0 · rules rules.yaml",
      "session.open | listener ftps · rule partners · at 203.0.113.10:990",
      "tls.hello | client TLS 1.2 · 2 ciphers · for ftp.example.com · ALPN ftp",
      "tls.hello | server TLS 1.2 · TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 · ALPN ftp",
      "tls.certificate | server C=SE, O=Example, CN=ftp.example.com",
      "tls.alert | client warning certificate_expired",
      "channel.opaque | implicit TLS · TLS 1.2 · TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 · opaque from here: nobody in between can read it",
      "range.open | p0 203.0.113.10 60000-60100 → 10.0.0.5 60000-60100, only 192.0.2.10",
      "channel.clear | client is in clear again",
      "channel.clear | server is in clear again",
      "range.close | p0 0 connections",
      "control.command | PASV",
      "pinhole.open | p1 203.0.113.10:50092 → 10.0.0.5:38423, only 192.0.2.10, rule partners: passive data",
      "rewrite | 227 10.0.0.5:38423 → 203.0.113.10:50092",
      "control.reply | 227 Entering Passive Mode (203,0,113,10,195,172)",
      "pinhole.use | p1 by 192.0.2.10:42946",
      "pinhole.close | p1 used",
      "data.open | p1 RETR /reports/2026.csv 192.0.2.10:42946 → 10.0.0.5:38423",
      "data.close | p1 RETR /reports/2026.csv: 108,556 bytes to client, 0.012 s",
      "verdict | PORT 198,51,100,66,19,137 refused: the announced address is not the address of the peer that announced it [port.foreign-address] (peer 192.0.2.10)",
      "session.close | quit · 0.569 s · 5 commands · 1 transfer · 108,556 bytes · 1 refusal",
      "session.refused | no session for 198.51.100.7:40112 on public: no rule permits it [rule.none]",
      "data.refused | data connection 198.51.100.7:40113 → 203.0.113.10:50092 dropped: the data connection came from an address nobody expects [data.foreign-peer]",
      "log.lost | 17 records",
      "log.stop | in good order",
    ]
  `)
})

test('a data connection that did not end well', () => {
  const entry = entryOf({
    type: 'data.close',
    session: 's',
    client: 'c',
    server: 's',
    pinhole: 's/p2',
    verb: 'STOR',
    path: 'x',
    toClientBytes: 0,
    toServerBytes: 1,
    durationMs: 1500,
    cause: 'reset',
  })
  expect(describeEntry(entry)).toEqual({
    ink: 'refusal',
    text: 'p2 STOR x: 1 byte to server, 1.500 s, ended: reset',
  })
})

test('an unknown type shows all it has', () => {
  const entry = entryOf({ type: 'quota.reached', session: 's1', limit: 5, of: ['a'], text: 'b' })
  expect(describeEntry(entry)).toEqual({ ink: 'quiet', text: 'limit=5 of=["a"] text=b' })
  expect(describeFields(entry)).toBe('limit=5 of=["a"] text=b')
})

test('the name of a pinhole', () => {
  expect(nameOf('s1/p3')).toBe('p3')
  expect(nameOf('p3')).toBe('p3')
})

test('what only a capture can tell is worded as on the ladder', () => {
  const fields = { type: 'capture.gap', side: 'client', bytes: 12 }
  const entry = { time: '', seq: 1, type: 'capture.gap', session: 's1', fields, record: undefined }
  expect(describeEntry(entry)).toEqual({ ink: 'quiet', text: '12 bytes of the client are missing' })
})
