import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TableFormat } from '../../../src/record/audit/table-format.ts'
import { ansiStyle, plainStyle } from '../../../src/record/ladder-row.ts'
import { textWidth } from '../../../src/record/text-width.ts'
import { print } from './formatting.ts'
import { clearSession, entryOf, LOG_START, opaqueSession, party } from './sample.ts'

const records = [
  LOG_START,
  ...clearSession('mwq2n145-1', 'anna').slice(2, 12),
  ...opaqueSession('s2').slice(3, 5),
]

const TOTALS = {
  durationMs: 5,
  commands: 1,
  transfers: 0,
  toClientBytes: 0,
  toServerBytes: 0,
  refusals: 0,
}

describe('TableFormat', () => {
  test('on a terminal of 100 columns', () => {
    expect(
      `\n${print(new TableFormat({ columns: 100, style: plainStyle }), records)}`,
    ).toMatchInlineSnapshot(`
      "
      TIME          SESSION       CLIENT           RECORD           WHAT
      ── 2026-11-21 (UTC) ──
      07:00:00.000                                 log.start        portcullis 0.1.0 · rules rules.yaml
      07:00:00.010  mwq2n145-1    192.0.2.10       control.command  USER anna
      07:00:00.020  mwq2n145-1    192.0.2.10       control.reply    331 Password?
      07:00:00.030  mwq2n145-1    192.0.2.10       control.command  PASS (never recorded)
      07:00:00.040  mwq2n145-1    192.0.2.10       control.reply    230 Welcome
      07:00:00.050  mwq2n145-1    192.0.2.10       control.command  PASV
      07:00:00.060  mwq2n145-1    192.0.2.10       pinhole.open     p1 203.0.113.1:50021 → 10.0.0.5:51210…
      07:00:00.070  mwq2n145-1    192.0.2.10       rewrite          227 10.0.0.5:51210 → 203.0.113.1:50021
      07:00:00.080  mwq2n145-1    192.0.2.10       control.reply    227 Entering Passive Mode (203,0,113,…
      07:00:00.090  mwq2n145-1    192.0.2.10       pinhole.use      p1 by 192.0.2.10:40001
      07:00:00.100  mwq2n145-1    192.0.2.10       pinhole.close    p1 used
      07:00:00.110  s2            2001:db8::7      channel.opaque   AUTH TLS · TLS 1.3 · TLS_AES_128_GCM_…
      07:00:00.120  s2            2001:db8::7      range.open       p0 2001:db8::1 60000-60100 → 2001:db8…
      "
    `)
  })

  test('into a pipe nothing is cut', () => {
    const text = print(new TableFormat({ style: plainStyle }), records)
    expect(text).not.toContain('…')
    expect(text).toContain(
      'p1 203.0.113.1:50021 → 10.0.0.5:51210, only 192.0.2.10, rule partners: passive data',
    )
    expect(text).toMatch(/ {2}anna {10}pinhole\.open/)
  })

  test.each([40, 50, 60, 80, 100, 200])('a reason code is whole on %i columns', (columns) => {
    const codes = ['limit.sessions-per-client', 'port.foreign-address', 'rule.none'] as const
    const refused = codes.map((reason) => ({
      type: 'verdict',
      ...party('s1', 'x'),
      verdict: 'reject',
      reason,
      side: 'client',
      verb: 'PORT',
      argument: '198,51,100,66,19,137',
    }))
    const text = print(new TableFormat({ columns, style: plainStyle }), refused)
    for (const code of codes) expect(text).toContain(`[${code}]`)
    for (const row of text.split('\n')) expect(textWidth(row)).toBeLessThanOrEqual(columns)
  })

  test('a code has a row of its own where there is no room beside it', () => {
    const records = [
      { type: 'session.close', ...party('s1', 'x'), reason: 'server-closed', ...TOTALS },
      {
        type: 'session.refused',
        client: '192.0.2.10:40001',
        server: '10.0.0.5:21',
        listener: 'public',
        reason: 'limit.sessions-per-client',
      },
    ]
    const text = print(new TableFormat({ columns: 40, style: plainStyle }), records)
    expect(`\n${text}`).toMatchInlineSnapshot(`
      "
      TIME          RECORD           WHAT
      ── 2026-11-21 (UTC) ──
      07:00:00.000  session.close    server-c…
        [server-closed]
      07:00:00.010  session.refused  no sessi…
        [limit.sessions-per-client]
      "
    `)
  })

  test('the date is said when it changes', () => {
    const format = new TableFormat({ columns: 80, style: plainStyle })
    const context = { user: undefined, isOpaque: undefined, rule: undefined, isLogin: false }
    const stop = entryOf({ type: 'log.stop' })
    const rows = ['2026-11-21', '2026-11-21', '2026-11-22'].map((date) =>
      format.format({ ...stop, time: `${date}T23:59:59.000Z` }, context),
    )
    expect(rows.map((row) => row.includes('──'))).toEqual([true, false, true])
  })

  test('colours take no room', () => {
    const colourless = print(new TableFormat({ columns: 120, style: plainStyle }), records)
    const coloured = print(new TableFormat({ columns: 120, style: ansiStyle }), records)
    expect(coloured).not.toBe(colourless)
    const bare = stripVTControlCharacters(coloured)
    expect(bare.split('\n').map((line) => line.trimEnd())).toEqual(colourless.split('\n'))
  })

  test('no text of a peer is wider than the terminal, breaks a row or acts on it', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 })
    fc.assert(
      fc.property(text, text, fc.integer({ min: 40, max: 180 }), (verb, argument, columns) => {
        const command = { type: 'control.command', ...party('s1', 'x'), verb, argument }
        const refused = {
          type: 'verdict',
          ...party('s1', 'x'),
          verdict: 'note',
          side: 'client',
          reason: argument,
        }
        const format = new TableFormat({ columns, style: plainStyle })
        const rows = print(format, [command, refused]).split('\n')
        expect([5, 6]).toContain(rows.length)
        for (const row of rows) {
          expect(textWidth(row)).toBeLessThanOrEqual(columns)
          expect(row).not.toMatch(/\p{Cc}/u)
        }
      }),
    )
  })
})
