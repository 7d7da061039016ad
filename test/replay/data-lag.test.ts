/** Captures of control connections alone: nothing waits for data connections that never come. */
import { expect, test } from 'vitest'
import { CaptureScript, doorRuleset, LOGIN, play, type Played } from './played.ts'

const CLIENT = '192.0.2.10:40000'
const SERVER = '198.51.100.20:21'

const COMMANDS = ['USER', 'PASS', 'PASV', 'LIST', 'PORT', 'NLST', 'PORT', 'PWD', 'QUIT'] as const

const QUICK = [
  '> PASV',
  '< 227 ok (198,51,100,20,156,64)',
  '> LIST',
  '< 150 here',
  '< 226 done',
  '> PORT 192,0,2,10,156,65',
  '< 200 ok',
  '> NLST',
  '< 150 here',
  '< 226 done',
  '> PORT 198,51,100,66,0,80',
  '< 200 ok',
  '> PWD',
  '< 257 "/"',
  '> QUIT',
  '< 221 bye',
] as const

function commandsOf({ records }: Played): readonly string[] {
  return records.flatMap((one) => (one.type === 'control.command' ? one.verb : []))
}

test('a session that is over within the second is judged to its end, passive and active', () => {
  const script = new CaptureScript()
  const control = script.connect(CLIENT, SERVER).open()
  control.say(...LOGIN, ...QUICK).close()
  const played = play(script.file)
  expect(commandsOf(played)).toEqual(COMMANDS)
  expect(played.lines).toEqual(['reject port.foreign-address PORT', 'session.close quit'])
})

test('the records have the times of the packets', () => {
  const script = new CaptureScript()
  // What is behind LIST waits until it is over.
  const lines = ['> PASV', '< 227 ok (198,51,100,20,156,64)', '> LIST\r\nEPSV', '< 150 here']
  const control = script.connect(CLIENT, SERVER).open()
  control.say(...LOGIN, ...lines, '< 226 done', '< 229 ok (|||40001|)', '> QUIT', '< 221 bye')
  control.close()
  const first = script.frames[0]?.time ?? 0
  const last = script.frames.at(-1)?.time ?? 0
  const times: number[] = []
  const played = play(script.file, undefined, {}, (at) => times.push(at))
  expect(commandsOf(played)).toEqual(['USER', 'PASS', 'PASV', 'LIST', 'EPSV', 'QUIT'])
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(times.every((at) => at >= first && at <= last)).toBe(true)
})

test('both legs of the proxy itself, as run --capture writes them', () => {
  const script = new CaptureScript()
  const client = script.connect(CLIENT, '203.0.113.1:21').open()
  const server = script.connect('203.0.113.1:51000', SERVER).open()
  const told: Readonly<Record<string, string>> = {
    '< 227 ok (198,51,100,20,156,64)': '< 227 ok (203,0,113,1,195,81)',
    '> PORT 192,0,2,10,156,65': '> PORT 203,0,113,1,195,82',
  }
  const lines = [...LOGIN, ...QUICK]
  const bounce = lines.indexOf('> PORT 198,51,100,66,0,80')
  for (const [index, line] of lines.entries()) {
    if (index === bounce) client.say(line, '< 501 no')
    if (index === bounce || index === bounce + 1) continue
    const legs = [
      { leg: client, text: line.startsWith('>') ? line : (told[line] ?? line) },
      { leg: server, text: line.startsWith('>') ? (told[line] ?? line) : line },
    ]
    for (const { leg, text } of line.startsWith('>') ? legs : legs.toReversed()) leg.say(text)
  }
  client.close()
  server.close()
  const played = play(script.file, doorRuleset())
  expect(played.records.filter(({ type }) => type === 'capture.legs')).toHaveLength(1)
  expect(commandsOf(played)).toEqual(COMMANDS)
  expect(played.lines).toContain('reject port.foreign-address PORT')
  expect(played.lines.at(-1)).toBe('session.close quit')
})

test('a data connection that the capture has is still let in', () => {
  const script = new CaptureScript()
  const control = script.connect(CLIENT, SERVER).open()
  control.say(...LOGIN, ...QUICK.slice(0, 5))
  const data = script.connect('192.0.2.10:40001', '198.51.100.20:40000').open()
  data.bytes(1, Buffer.alloc(50)).close()
  control.say('> QUIT', '< 221 bye').close()
  expect(play(script.file).data).toMatchObject([{ cover: 'pinhole', toBytes: 50 }])
})
