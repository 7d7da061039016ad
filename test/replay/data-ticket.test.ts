import { expect, test } from 'vitest'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import { DataTicket } from '../../src/replay/data-ticket.ts'
import { permissiveRuleset } from '../../src/replay/door.ts'
import { Judge } from '../../src/replay/judge.ts'
import { at, CaptureScript, LOGIN, play, START } from './played.ts'

test('nothing was open: why not is what it was told', () => {
  const records: unknown[] = []
  const judge = new Judge(createEvaluator(permissiveRuleset()), {
    record: (record) => records.push(record),
  })
  const ticket = new DataTicket(judge, at('192.0.2.10:5'), at('198.51.100.20:40000'), START, {
    session: undefined,
    reason: 'not-announced',
  })
  expect(ticket.isAnnounced).toBe(false)
  ticket.established(START)
  ticket.over(START + 5, [3, 4], 'end')
  expect(records).toEqual([
    {
      type: 'capture.data',
      from: '192.0.2.10:5',
      to: '198.51.100.20:40000',
      openedAt: '2026-11-21T10:00:00.000Z',
      cover: 'none',
      reason: 'not-announced',
      fromBytes: 3,
      toBytes: 4,
    },
  ])
})

/** A session with a pinhole for 198.51.100.20:40000. */
function announced(script: CaptureScript): ReturnType<CaptureScript['connect']> {
  const control = script
    .connect('192.0.2.10:40000', '198.51.100.20:21')
    .open()
    .say(...LOGIN, '> PASV')
  return control.say('< 227 ok (198,51,100,20,156,64)', '> RETR a')
}

test('a SYN that nobody answers is a data connection that could not be made', () => {
  const script = new CaptureScript()
  const control = announced(script)
  const data = script.connect('192.0.2.10:40001', '198.51.100.20:40000')
  data.open()
  // Without the answer of the server, and what comes behind it.
  const frames = script.frames.slice(0, -2)
  control.say('< 425 no', '> QUIT', '< 221 bye').close()
  const all = [...frames, ...script.frames.slice(frames.length + 2)]
  const { records } = play(Object.assign(new CaptureScript(), { frames: all }).file)
  expect(records.filter(({ type }) => type === 'data.open')).toEqual([])
  expect(records.find(({ type }) => type === 'capture.data')).toMatchObject({
    cover: 'pinhole',
    toBytes: 0,
  })
})

test('packets of two connections in the wrong order: the SYN came before its 227', () => {
  const script = new CaptureScript()
  const control = announced(script)
  script.connect('192.0.2.10:40001', '198.51.100.20:40000').open().bytes(1, Buffer.alloc(9)).close()
  control.say('< 150 here', '< 226 done').close()
  const isOf227 = (bytes: Uint8Array): boolean => Buffer.from(bytes).includes('227 ok')
  const place = script.frames.findIndex(({ bytes }) => isOf227(bytes))
  const [reply] = script.frames.splice(place, 1)
  const syn = script.frames.findIndex(
    ({ bytes }) =>
      bytes[33] === 2 &&
      bytes[23] === 64 &&
      bytes.length === 40 &&
      Buffer.from(bytes).readUInt16BE(22) === 40_000,
  )
  expect(syn).toBeGreaterThan(place)
  if (reply !== undefined) script.frames.splice(syn + 1, 0, reply)
  expect(play(script.file).data).toMatchObject([{ cover: 'pinhole' }])
})
