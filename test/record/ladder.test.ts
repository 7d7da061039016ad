import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pinholeId, sessionId } from '../../src/engine/id.ts'
import type { PacketLogRecord, SessionRecord } from '../../src/engine/session/record.ts'
import { type Instant, instant } from '../../src/net/instant.ts'
import { Ladder, renderLadder } from '../../src/record/ladder.ts'
import { textWidth } from '../../src/record/text-width.ts'

const s1 = sessionId('s1')
const p1 = pinholeId(s1, 1)
const of = { session: s1, client: '192.0.2.10:40000', server: '10.0.0.5:21' } as const

type Body = SessionRecord extends infer R
  ? R extends SessionRecord
    ? Omit<R, keyof typeof of>
    : never
  : never

const record = (body: Body): PacketLogRecord => ({ ...of, ...body }) as PacketLogRecord

/** Rows of `records`, 10 ms apart, as one text. */
function draw(records: readonly PacketLogRecord[], columns: number = 100): string {
  const ladder = new Ladder({ columns })
  const rows = records.flatMap((each, index) => ladder.rows(each, instant(1000 + index * 10)))
  return `\n${[...rows, ...ladder.flush()].join('\n')}\n`
}

const open = record({
  type: 'session.open',
  listener: 'public',
  local: '203.0.113.1:21',
  rule: 'partners',
  profile: 'default',
})

describe('Ladder', () => {
  test('a passive transfer', () => {
    const records = [
      open,
      record({ type: 'control.reply', code: 220, text: 'Service ready.', lines: 1 }),
      record({ type: 'control.command', verb: 'USER', argument: 'demo' }),
      record({
        type: 'control.reply',
        code: 331,
        text: 'Password required',
        lines: 1,
        verb: 'USER',
      }),
      record({ type: 'control.command', verb: 'PASS' }),
      record({ type: 'control.reply', code: 230, text: 'Welcome', lines: 12, verb: 'PASS' }),
      record({ type: 'control.command', verb: 'PASV' }),
      record({
        type: 'pinhole.open',
        pinhole: p1,
        mode: 'passive',
        peer: '192.0.2.10',
        listening: '203.0.113.1:50021',
        dial: '10.0.0.5:51210',
        rule: 'passive',
        ttlMs: 30_000,
      }),
      record({
        type: 'rewrite',
        form: '227',
        before: '10.0.0.5:51210',
        after: '203.0.113.1:50021',
      }),
      record({
        type: 'control.reply',
        code: 227,
        text: 'Entering Passive Mode (203,0,113,1,195,101)',
        lines: 1,
        verb: 'PASV',
      }),
      record({ type: 'pinhole.use', pinhole: p1, peer: '192.0.2.10:40001' }),
      record({ type: 'pinhole.close', pinhole: p1, reason: 'used' }),
      record({ type: 'control.command', verb: 'RETR', argument: 'report.pdf' }),
      record({
        type: 'data.open',
        pinhole: p1,
        mode: 'passive',
        verb: 'RETR',
        path: 'report.pdf',
        from: '192.0.2.10:40001',
        to: '10.0.0.5:51210',
      }),
      record({ type: 'control.reply', code: 150, text: 'Here it comes', lines: 1, verb: 'RETR' }),
      record({
        type: 'data.close',
        pinhole: p1,
        verb: 'RETR',
        path: 'report.pdf',
        toClientBytes: 1_234_567,
        toServerBytes: 0,
        durationMs: 1520,
        cause: 'end',
      }),
      record({ type: 'control.reply', code: 226, text: 'Done', lines: 1, verb: 'RETR' }),
      record({ type: 'control.command', verb: 'QUIT' }),
      record({ type: 'control.reply', code: 221, text: 'Goodbye', lines: 1, verb: 'QUIT' }),
      record({
        type: 'session.close',
        reason: 'quit',
        durationMs: 190,
        commands: 5,
        transfers: 1,
        toClientBytes: 1_234_567,
        toServerBytes: 0,
        refusals: 0,
      }),
    ]
    expect(draw(records)).toMatchInlineSnapshot(`
      "
         0.000  ── session s1 ────────────────────────────────────────────────────────────────────────────
                   listener public · rule partners · profile default
                client                        │ portcullis           │  server
                192.0.2.10:40000              │ 203.0.113.1:21       │  10.0.0.5:21
         0.010                               ◀┼──────────────────────┼─ 220 Service ready.
         0.020  USER demo                    ─┼──────────────────────┼▶
         0.030                               ◀┼──────────────────────┼─ 331 Password required
         0.040  PASS (never recorded)        ─┼──────────────────────┼▶
         0.050                               ◀┼──────────────────────┼─ 230 Welcome (12 lines)
         0.060  PASV                         ─┼──────────────────────┼▶
         0.070  only 192.0.2.10, for 30 s     │ ○ p1 open on 50021   │  leads to 10.0.0.5:51210
         0.080  227 (203,0,113,1,195,101)    ◀┼───── rewritten ──────┼─ 227 (10,0,0,5,200,10)
         0.100                                │ ● p1 used, now shut  │
         0.120  RETR report.pdf              ─┼──────────────────────┼▶
         0.130  192.0.2.10:40001             ═╪══════ p1 RETR ═══════╪═ 10.0.0.5:51210
         0.140                               ◀┼──────────────────────┼─ 150 Here it comes
         0.150  1,234,567 bytes              ◀╪══════ 1.520 s ═══════╪═ report.pdf
         0.160                               ◀┼──────────────────────┼─ 226 Done
         0.170  QUIT                         ─┼──────────────────────┼▶
         0.180                               ◀┼──────────────────────┼─ 221 Goodbye
         0.190  ── session s1 ends: the client said QUIT ─────────────────────────────────────────────────
                   0.190 s · 5 commands · 1 transfer · 1,234,567 bytes to the client · 0 refusals
      "
    `)
  })

  test('an active transfer: the command is held until its pinhole is open', () => {
    const records = [
      open,
      record({ type: 'control.command', verb: 'EPRT', argument: '|1|192.0.2.10|40002|' }),
      record({
        type: 'pinhole.open',
        pinhole: p1,
        mode: 'active',
        peer: '10.0.0.5',
        listening: '10.0.0.1:20000',
        dial: '192.0.2.10:40002',
        rule: 'active',
        ttlMs: 30_000,
      }),
      record({
        type: 'rewrite',
        form: 'EPRT',
        before: '192.0.2.10:40002',
        after: '10.0.0.1:20000',
        as: 'PORT',
      }),
      record({ type: 'control.reply', code: 200, text: 'PORT done', lines: 1, verb: 'EPRT' }),
      record({ type: 'control.command', verb: 'STOR', argument: 'upload.bin' }),
      record({ type: 'pinhole.use', pinhole: p1, peer: '10.0.0.5:20' }),
      record({ type: 'pinhole.close', pinhole: p1, reason: 'used' }),
      record({
        type: 'data.open',
        pinhole: p1,
        mode: 'active',
        verb: 'STOR',
        from: '10.0.0.5:20',
        to: '192.0.2.10:40002',
      }),
      record({
        type: 'data.close',
        pinhole: p1,
        verb: 'STOR',
        path: 'upload.bin',
        toClientBytes: 0,
        toServerBytes: 0,
        durationMs: 4,
        cause: 'reset',
      }),
      record({ type: 'pinhole.close', pinhole: pinholeId(s1, 2), reason: 'expired' }),
    ]
    expect(draw(records)).toMatchInlineSnapshot(`
      "
         0.000  ── session s1 ────────────────────────────────────────────────────────────────────────────
                   listener public · rule partners · profile default
                client                        │ portcullis           │  server
                192.0.2.10:40000              │ 203.0.113.1:21       │  10.0.0.5:21
         0.010  EPRT |1|192.0.2.10|40002|    ─┼───▶ held             │
         0.020  leads to 192.0.2.10:40002     │ ○ p1 open on 20000   │  only 10.0.0.5, for 30 s
         0.030                                │      rewritten ──────┼▶ PORT 10,0,0,1,78,32
         0.040                               ◀┼──────────────────────┼─ 200 PORT done
         0.050  STOR upload.bin              ─┼──────────────────────┼▶
         0.060                                │ ● p1 used, now shut  │
         0.080  192.0.2.10:40002             ═╪══════ p1 STOR ═══════╪═ 10.0.0.5:20
         0.090  upload.bin                   ═╪════ ended: reset ════╪▶ 0 bytes
         0.100                                │ × p2 shut: expired   │
      "
    `)
  })

  test('what is refused stops in the middle, and says why', () => {
    const records = [
      open,
      record({ type: 'control.command', verb: 'PORT', argument: '10,9,8,7,0,22' }),
      record({
        type: 'verdict',
        verdict: 'reject',
        reason: 'port.foreign-address',
        side: 'client',
        verb: 'PORT',
        argument: '10,9,8,7,0,22',
        detail: 'peer 192.0.2.10',
      }),
      record({
        type: 'control.reply',
        code: 501,
        text: 'The announced address is not yours.',
        lines: 1,
        verb: 'PORT',
        local: true,
      }),
      record({ type: 'control.command', verb: 'ABOR' }),
      record({
        type: 'verdict',
        verdict: 'note',
        reason: 'telnet.stripped',
        side: 'client',
        verb: 'ABOR',
      }),
      record({ type: 'control.reply', code: 226, text: 'Aborted', lines: 1, verb: 'ABOR' }),
      record({ type: 'control.command', verb: 'AUTH', argument: 'TLS' }),
      record({
        type: 'control.reply',
        code: 502,
        text: 'Not here.',
        lines: 1,
        verb: 'AUTH',
        local: true,
      }),
      record({ type: 'control.command', verb: 'PASV' }),
      record({
        type: 'verdict',
        verdict: 'replace',
        reason: 'pasv.foreign-address',
        side: 'server',
        verb: 'PASV',
        rule: 'passive',
      }),
      record({
        type: 'control.reply',
        code: 425,
        text: 'No data connection.',
        lines: 1,
        verb: 'PASV',
        local: true,
      }),
    ]
    expect(draw(records)).toMatchInlineSnapshot(`
      "
         0.000  ── session s1 ────────────────────────────────────────────────────────────────────────────
                   listener public · rule partners · profile default
                client                        │ portcullis           │  server
                192.0.2.10:40000              │ 203.0.113.1:21       │  10.0.0.5:21
         0.010  PORT 10,9,8,7,0,22           ─┼──✗ refused: the announced address is not the address of
                                              │    the peer that announced it [port.foreign-address] (peer
                                              │    192.0.2.10)
         0.030                               ◀┼─── 501 The announced address is not yours.
         0.040  ABOR                         ─┼──────────────────────┼▶
         0.050                                │ · noted: a Telnet sequence was taken out [telnet.stripped]
         0.060                               ◀┼──────────────────────┼─ 226 Aborted
         0.070  AUTH TLS                     ─┼───▶                  │
         0.080                               ◀┼─── 502 Not here.
         0.090  PASV                         ─┼──────────────────────┼▶
         0.100                                │ ✗ replaced: the reply names an address that is not the
                                              │   server [pasv.foreign-address], rule passive
         0.110                               ◀┼─── 425 No data connection.
      "
    `)
  })

  test('sessions that run side by side are told apart, on a narrow terminal too', () => {
    const s2 = { session: sessionId('s2'), client: '192.0.2.11:1', server: '10.0.0.5:21' } as const
    const records: PacketLogRecord[] = [
      { type: 'log.start', version: '1.0.0', rules: 'rules.yaml' },
      open,
      { ...open, ...s2 } as PacketLogRecord,
      record({ type: 'control.command', verb: 'NOOP' }),
      { type: 'control.command', verb: 'PWD', ...s2 },
      record({ type: 'control.reply', code: 200, text: 'Nothing done', lines: 1, verb: 'NOOP' }),
      {
        type: 'session.refused',
        listener: 'public',
        client: '198.51.100.9:5',
        server: '10.0.0.5:21',
        reason: 'rule.denied',
        rule: 'blocked',
      },
      {
        type: 'data.refused',
        peer: '198.51.100.9:6',
        local: '203.0.113.1:50021',
        reason: 'data.foreign-peer',
      },
      { type: 'log.lost', records: 7 },
      { type: 'log.stop' },
    ]
    expect(draw(records, 80)).toMatchInlineSnapshot(`
      "
                ── packet log starts · portcullis 1.0.0 · rules rules.yaml ───────────
         0.000  ── session s1 ────────────────────────────────────────────────────────
                   listener public · rule partners · profile default
                client               │ portcullis           │  server
                192.0.2.10:40000     │ 203.0.113.1:21       │  10.0.0.5:21
         0.000  ── session s2 ────────────────────────────────────────────────────────
                   listener public · rule partners · profile default
                client               │ portcullis           │  server
                192.0.2.11:1         │ 203.0.113.1:21       │  10.0.0.5:21
                ── session s1 ────────────────────────────────────────────────────────
         0.020  NOOP                ─┼──────────────────────┼▶
         0.040                      ◀┼──────────────────────┼─ 200 Nothing done
                                     │ ✗ no session for 198.51.100.9:5 on public: a
                                     │   rule denies it [rule.denied], rule blocked
                                     │ ✗ data connection 198.51.100.9:6 →
                                     │   203.0.113.1:50021 dropped: the data
                                     │   connection came from an address nobody
                                     │   expects [data.foreign-peer]
                ── 7 records were lost ───────────────────────────────────────────────
         0.020  PWD                 ─┼──────────────────────┼▶
                ── packet log stops ──────────────────────────────────────────────────
      "
    `)
  })

  test('a whole log is drawn with the times it holds', () => {
    const rows = renderLadder([
      { ...open, time: '2026-11-21T09:00:00.000Z' },
      {
        ...record({ type: 'control.command', verb: 'NOOP' }),
        time: '2026-11-21T09:00:01.250Z',
      },
    ])
    expect(rows[0]).toContain('session s1 · 2026-11-21T09:00:00.000Z')
    expect(rows.at(-1)).toMatch(/^ {3}1\.250 {2}NOOP/)
  })

  test('a reason that this version does not know is shown by its code', () => {
    const rows = draw([
      JSON.parse(
        JSON.stringify({ ...of, type: 'verdict', verdict: 'note', reason: 'x.y', side: 'client' }),
      ) as PacketLogRecord,
    ])
    expect(rows).toContain('noted: [x.y]')
  })

  test('a record that this version does not know stands in the band of its session', () => {
    const ladder = new Ladder()
    const at = (milliseconds: number): Instant => instant(1000 + milliseconds)
    const noop = record({ type: 'control.command', verb: 'NOOP' })
    const rows = [
      ...ladder.rows(open, at(0)),
      ...ladder.rows(noop, at(10)),
      ...ladder.unknownRows('s1', 'quota.reached bytes=5', at(20)),
      ...ladder.unknownRows('s2', 'quota.reached bytes=6', at(30)),
      ...ladder.unknownRows(undefined, 'power.low', at(40)),
    ]
    expect(rows.slice(4)).toEqual([
      '   0.010  NOOP                         ─┼──────────────────────┼▶',
      '   0.020                                │ ? quota.reached bytes=5',
      expect.stringContaining('── session s2 ──') as string,
      '   0.000                                │ ? quota.reached bytes=6',
      '                                        │ ? power.low',
    ])
  })

  test('sessions whose end was not recorded are over when the process starts anew', () => {
    const ladder = new Ladder()
    ladder.rows(open, instant(1000))
    ladder.rows(record({ type: 'control.command', verb: 'NOOP' }), instant(2000))
    const start = ladder.rows({ type: 'log.start', version: '1', rules: 'r' }, instant(3000))
    expect(start[0]).toMatch(/^ {3}1\.000 {2}NOOP/)
    expect(start[1]).toContain('packet log starts')
    // The clock of the session begins again.
    const [later] = ladder.unknownRows('s1', 'x', instant(9000))
    expect(later).toMatch(/^ {3}0\.000/)
  })

  test('the start of a worker does not touch the sessions of another', () => {
    const ladder = new Ladder()
    const other = { session: sessionId('a.2-1') }
    ladder.rows({ ...open, ...other } as PacketLogRecord, instant(1000))
    const [, start] = ladder.rows(
      { type: 'log.start', version: '1', rules: 'r', worker: 1 },
      instant(3000),
    )
    expect(start ?? '').toBe('')
    const [later] = ladder.unknownRows('a.2-1', 'x', instant(9000))
    expect(later).toMatch(/^ {3}8\.000/)
    expect(ladder.rows({ type: 'log.stop' }, instant(9000)).join()).toContain('packet log stops')
  })

  test('L5, L6: no text makes a row break, act on a terminal or leave its column', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 })
    fc.assert(
      fc.property(text, text, (argument, reply) => {
        const rows = draw([
          open,
          record({ type: 'control.command', verb: 'RETR', argument }),
          record({ type: 'control.reply', code: 550, text: reply, lines: 1, verb: 'RETR' }),
          record({ type: 'control.reply', code: 500, text: reply, lines: 1, local: true }),
        ])
          .trim()
          .split('\n')
        expect(rows.length).toBeLessThanOrEqual(4 + 2 + 3)
        for (const row of rows) {
          expect(row).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
          expect(textWidth(row)).toBeLessThanOrEqual(100)
        }
      }),
    )
  })
})
