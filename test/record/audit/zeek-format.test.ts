import { describe, expect, test } from 'vitest'
import { ZeekFormat } from '../../../src/record/audit/zeek-format.ts'
import { print } from './formatting.ts'
import { clearSession, LOG_START, party, type Sample } from './sample.ts'

/** Rows by the names of the header. */
function read(text: string): Record<string, string>[] {
  const lines = text.trimEnd().split('\n')
  const names =
    lines
      .find((line) => line.startsWith('#fields'))
      ?.split('\t')
      .slice(1) ?? []
  return lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const cells = line.split('\t')
      expect(cells).toHaveLength(names.length)
      return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']))
    })
}

describe('ZeekFormat', () => {
  test('a worker that starts anew does not forget what another was asked', () => {
    const whole = clearSession('a.2-1', 'anna')
    const start: Sample = { ...LOG_START, worker: 1 }
    const mixed = whole.flatMap((record) => [record, start])
    // Each record of the sample is 10 ms later than the one before.
    const rows = (records: readonly Sample[]): readonly Record<string, string>[] =>
      read(print(new ZeekFormat(), records)).map((row) => ({ ...row, ts: '' }))
    expect(rows(mixed)).toEqual(rows(whole))
  })

  const text = print(new ZeekFormat(), [LOG_START, ...clearSession('s1', 'anna')])

  test("has the header that Zeek's tools read", () => {
    expect(text.slice(0, text.indexOf('#fields'))).toBe(
      '#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tftp\n',
    )
    const [fields = '', types = ''] = text.split('\n').slice(5, 7)
    expect(fields.split('\t')).toHaveLength(types.split('\t').length)
  })

  test('one line for each command, with its final reply', () => {
    expect(
      read(text).map((row) => [row['user'], row['command'], row['arg'], row['reply_code']]),
    ).toEqual([
      ['anna', 'USER', 'anna', '331'],
      ['anna', 'PASS', '-', '230'],
      ['anna', 'PASV', '-', '227'],
      ['anna', 'RETR', '/pub/räksmörgås.zip', '226'],
      ['anna', 'PORT', '198,51,100,66,19,137', '501'],
      ['anna', 'QUIT', '-', '221'],
    ])
  })

  test('the data channel is the one that the client was told', () => {
    const pasv = read(text).find((row) => row['command'] === 'PASV')
    expect(pasv).toMatchObject({
      ts: '1795244400.070000',
      'id.orig_h': '192.0.2.10',
      'id.resp_p': '21',
      'data_channel.passive': 'T',
      'data_channel.orig_h': '192.0.2.10',
      'data_channel.resp_h': '203.0.113.1',
      'data_channel.resp_p': '50021',
    })
    expect(read(text).at(-1)?.['data_channel.passive']).toBe('-')
  })

  test('active mode: the server connects to what the client announced', () => {
    const of = party('s1')
    const rows = read(
      print(new ZeekFormat(), [
        { type: 'control.command', ...of, verb: 'PORT', argument: '192,0,2,10,200,1' },
        {
          type: 'pinhole.open',
          ...of,
          pinhole: 's1/p1',
          mode: 'active',
          peer: '10.0.0.5',
          listening: '10.0.0.1:50000',
          dial: '192.0.2.10:51201',
          rule: 'active',
          ttlMs: 30000,
        },
        { type: 'control.reply', ...of, code: 200, text: 'Fine', lines: 1, verb: 'PORT' },
      ]),
    )
    expect(rows).toMatchObject([
      {
        user: '<unknown>',
        'data_channel.passive': 'F',
        'data_channel.orig_h': '10.0.0.5',
        'data_channel.resp_h': '192.0.2.10',
        'data_channel.resp_p': '51201',
      },
    ])
  })

  test('a filter leaves the data channel alone', () => {
    const rows = read(print(new ZeekFormat(), clearSession('s1', 'anna'), { verbs: ['PASV'] }))
    expect(rows).toMatchObject([{ command: 'PASV', 'data_channel.resp_p': '50021' }])
  })

  test('a command without a reply is told when the session ends', () => {
    const close = clearSession('s1', 'anna').at(-1) ?? LOG_START
    const noop: Sample = { type: 'control.command', ...party('s1'), verb: 'NOOP', argument: '-' }
    expect(read(print(new ZeekFormat(), [noop, close]))).toMatchObject([
      { command: 'NOOP', arg: '\\x2d', reply_code: '-', reply_msg: '-' },
    ])
  })

  test('text cannot break a line or pass for nothing', () => {
    const of = party('s1')
    const rows = read(
      print(new ZeekFormat(), [
        { type: 'control.command', ...of, verb: 'CWD', argument: 'a\tb\n' },
        { type: 'control.reply', ...of, code: 250, text: '(empty)', lines: 1, verb: 'CWD' },
        { type: 'control.command', ...of, verb: 'CWD', argument: '' },
        { type: 'control.reply', ...of, code: 250, text: '', lines: 1, verb: 'CWD' },
      ]),
    )
    expect(rows).toMatchObject([
      { arg: 'a\\x09b\\x0a', reply_msg: '\\x28empty)' },
      { arg: '(empty)', reply_msg: '(empty)' },
    ])
  })
})
