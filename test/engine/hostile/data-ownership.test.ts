/** Hostile-peer cases D: who gets a data connection, when, and only once. */
import { describe, expect, test } from 'vitest'
import { DEFAULTS } from '../../../src/engine/rules/defaults.ts'
import { duration } from '../../../src/net/instant.ts'
import {
  at,
  type Conversation,
  type ConversationOptions,
  HOSTS,
} from '../../support/conversation.ts'
import { dialled, expectAlive, expectClosed, expectNothingLeft, loggedIn } from './expectations.ts'

const C = `${HOSTS.C}:40100`
const X = `${HOSTS.X}:40100`
const S = `${HOSTS.S}:20`
const PASSIVE = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'

/** The client was told 203.0.113.1:50000. */
function passive(options: ConversationOptions = {}): Conversation {
  const talk = loggedIn(options).client('PASV\r\n').server(PASSIVE)
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  return talk
}

/** The server was told 10.0.0.1:42001 and said 200. */
function active(options: ConversationOptions = {}): Conversation {
  const talk = loggedIn(options).client('PORT 198,51,100,10,200,21\r\n').server('200 ok\r\n')
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  return talk
}

describe('thieves', () => {
  test('D1 who is not the client gets nothing, and the client still gets its data', () => {
    const talk = passive()
    expect(talk.connectData(X)).toBe('dropped')
    expect(dialled(talk)).toEqual([])
    expect(talk.recordsOf('data.refused')).toEqual([
      {
        type: 'data.refused',
        peer: X,
        local: '203.0.113.1:50000',
        reason: 'data.foreign-peer',
        session: talk.session,
      },
    ])
    talk.client('RETR secret\r\n')
    expect(talk.connectData(X)).toBe('dropped')
    expect(talk.connectData(C)).toBe('accepted')
    expect(dialled(talk)).toEqual([`${HOSTS.S}:40000`])
    expect(talk.recordsOf('data.open')).toMatchObject([{ from: C, verb: 'RETR' }])
  })

  test('D2 a thief can neither end the session nor use the pinhole up', () => {
    const talk = passive()
    for (let visit = 0; visit < 100; visit++) expect(talk.connectData(X)).toBe('dropped')
    expectAlive(talk)
    expect(talk.listening).toEqual(['203.0.113.1:50000'])
    expect(talk.connectData(C)).toBe('accepted')
  })

  test("D3 the client's own address: the first connection wins and the door is shut at once", () => {
    const talk = passive()
    expect(talk.connectData(C)).toBe('accepted')
    const types = talk.effects.map((effect) => effect.type)
    expect(types.slice(types.lastIndexOf('dialData'))).toContain('closePinhole')
    expect(talk.connectData(`${HOSTS.C}:40101`, '203.0.113.1:50000')).toBe('refused')
    // One that was accepted before the listener was closed.
    const connection = talk.nextConnection()
    const local = at('203.0.113.1:50000')
    talk.handle({ type: 'dataConnection', connection, local, peer: at(`${HOSTS.C}:40101`) })
    expect(talk.effectsOf('dropData')).toEqual([{ type: 'dropData', connection }])
    expect(talk.recordsOf('data.refused')).toMatchObject([{ reason: 'data.extra-peer' }])
    expect(dialled(talk)).toHaveLength(1)
    expectAlive(talk)
  })

  test('D5 in active mode only the server may come', () => {
    const talk = active()
    for (const thief of [`${HOSTS.V}:20`, X, C]) expect(talk.connectData(thief)).toBe('dropped')
    expect(talk.reasons).toEqual(Array(3).fill('data.foreign-peer'))
    expect(talk.connectData(S)).toBe('accepted')
    expect(dialled(talk)).toEqual([`${HOSTS.C}:51221`])
  })

  test('D6 D12 a pinhole is one address and port of ours, for one address of a peer', () => {
    const [ofPasv] = passive().effectsOf('openPinhole')
    expect(ofPasv?.pinhole).toMatchObject({
      mode: 'passive',
      peer: HOSTS.C,
      listen: { address: HOSTS.P_OUTSIDE, port: 50_000 },
      dial: at(`${HOSTS.S}:40000`),
      from: { address: HOSTS.P_INSIDE },
    })
    const [ofPort] = active().effectsOf('openPinhole')
    expect(ofPort?.pinhole).toMatchObject({
      mode: 'active',
      peer: HOSTS.S,
      listen: { address: HOSTS.P_INSIDE },
      dial: at(`${HOSTS.C}:51221`),
      from: { address: HOSTS.P_OUTSIDE, port: 20 },
    })
  })

  test('D6 the right port at another of our addresses is no door', () => {
    const talk = passive()
    const connection = talk.nextConnection()
    const local = at(`${HOSTS.P_INSIDE}:50000`)
    talk.handle({ type: 'dataConnection', connection, local, peer: at(C) })
    expect(talk.effectsOf('dropData')).toEqual([{ type: 'dropData', connection }])
    expect(talk.listening).toEqual(['203.0.113.1:50000'])
  })
})

describe('too late', () => {
  test('D7 after the TTL', () => {
    const talk = passive().advance(29_999)
    expect(talk.listening).toHaveLength(1)
    talk.advance(1)
    expect(talk.connectData(C, '203.0.113.1:50000')).toBe('refused')
    expect(talk.recordsOf('pinhole.close')).toMatchObject([{ reason: 'expired' }])
    expect(talk.gateway.counts).toMatchObject({ pinholes: 0, leases: 0 })
    talk.client('RETR f\r\n')
    expect(talk.sentTo('server')).toBe('')
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expectAlive(talk)
  })

  test('D7 a 200 to PORT that comes after the TTL opens nothing', () => {
    const talk = loggedIn().client('PORT 198,51,100,10,200,21\r\n').advance(30_000)
    expect(talk.listening).toEqual([])
    talk.server('200 ok\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expect(talk.reasons.at(-1)).toBe('pinhole.expired')
    talk.client('STOR f\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expectAlive(talk)
  })

  test.each(['end', 'reset'] as const)('D8 after the control connection is gone: %s', (cause) => {
    const talk = passive().close('client', cause)
    expect(talk.connectData(C, '203.0.113.1:50000')).toBe('refused')
    expect(talk.recordsOf('pinhole.close')).toMatchObject([{ reason: 'session-closed' }])
    expectNothingLeft(talk)
  })

  test('D8 an unused data connection goes with it; a transfer that runs is finished', () => {
    const unused = passive()
    unused.connectData(C)
    unused.close('client')
    expect(unused.effectsOf('closeData')).toHaveLength(1)
    expectNothingLeft(unused)
    const running = passive()
    running.connectData(C)
    running.client('RETR f\r\n').server('150 go\r\n').close('client', 'reset')
    expect(running.effectsOf('closeData')).toEqual([])
    expect(running.isClosed).toBe(false)
    running.endData(5, 0)
    expect(running.recordsOf('data.close')).toMatchObject([{ toClientBytes: 5 }])
    expect(running.records.at(-1)).toMatchObject({ type: 'session.close', toClientBytes: 5 })
    expectNothingLeft(running)
  })

  test('D9 a new PASV shuts the old door before the new one is announced', () => {
    const talk = passive()
    talk.client('PASV\r\n')
    expect(talk.listening).toEqual([])
    talk.server('227 Entering Passive Mode (10,0,0,20,156,65)\r\n')
    // The released port rests while others are free.
    expect(talk.listening).toEqual(['203.0.113.1:50001'])
    expect(talk.connectData(C, '203.0.113.1:50000')).toBe('refused')
    expect(talk.connectData(C)).toBe('accepted')
    expect(dialled(talk)).toEqual([`${HOSTS.S}:40001`])
    expect(talk.recordsOf('pinhole.close').map((record) => record.reason)).toEqual([
      'replaced',
      'used',
    ])
  })

  test('D10 PASV then PORT: the PORT lives', () => {
    const talk = passive().client('PORT 198,51,100,10,200,21\r\n').server('200 ok\r\n')
    expect(talk.listening).toEqual(['10.0.0.1:42002'])
    expect(talk.connectData(C, '203.0.113.1:50000')).toBe('refused')
    expect(talk.connectData(S)).toBe('accepted')
  })

  test('D10 PORT then PASV: the PASV lives', () => {
    const talk = active().client('PASV\r\n').server(PASSIVE)
    expect(talk.listening).toEqual(['203.0.113.1:50000'])
    expect(talk.connectData(S, '10.0.0.1:42001')).toBe('refused')
    expect(talk.connectData(C)).toBe('accepted')
  })

  test('D11 after the transfer the same door does not open again', () => {
    const talk = passive()
    talk.connectData(C)
    talk.client('RETR f\r\n').server('150 go\r\n').server('226 ok\r\n').endData(5, 0)
    for (const peer of [C, X]) expect(talk.connectData(peer, '203.0.113.1:50000')).toBe('refused')
    // A transfer with nothing set up: the server says so itself.
    talk.takeSentTo('client')
    talk.client('RETR g\r\n').server('425 Use PASV first.\r\n')
    expect(talk.takeSentTo('client')).toBe('425 Use PASV first.\r\n')
    expectAlive(talk)
  })

  test('D13 ABOR while the client is being dialled leaves no connection behind', () => {
    const talk = active({ unanswered: ['dialData', 'closeData'] })
    talk.client('RETR f\r\n').server('150 go\r\n')
    expect(talk.connectData(S)).toBe('accepted')
    talk.client('ABOR\r\n').server('426 aborted\r\n').server('226 closed\r\n')
    expect(talk.sentTo('client')).toBe('150 go\r\n426 aborted\r\n226 closed\r\n')
    const [{ connection } = failNothingDialled()] = talk.effectsOf('dialData')
    expect(talk.effectsOf('closeData')).toEqual([{ type: 'closeData', connection }])
    // The dial may have succeeded in the meantime: no byte moves.
    const { session } = talk
    talk.handle({ type: 'dataDialed', session, connection, local: at(`${HOSTS.P_OUTSIDE}:20`) })
    talk.handle({ type: 'dataDialFailed', session, connection, cause: 'ECANCELED' })
    expect(talk.effectsOf('startData')).toEqual([])
    expect(talk.reasons).not.toContain('data.unreachable')
    talk.client('QUIT\r\n').server('221 bye\r\n')
    expectNothingLeft(talk)
  })
})

describe('connections that nothing is sent on', () => {
  test('D14 a connection without a transfer ends after the data idle time', () => {
    const talk = passive()
    talk.connectData(C)
    talk.advance(299_999)
    expect(talk.effectsOf('closeData')).toEqual([])
    talk.advance(1)
    expect(talk.effectsOf('closeData')).toHaveLength(1)
    expect(talk.recordsOf('verdict')).toMatchObject([
      { verdict: 'drop-data', reason: 'data.unused', side: 'client' },
    ])
    talk.client('RETR f\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expectAlive(talk)
  })

  test('D14 it does not keep an idle session alive', () => {
    const talk = passive()
    talk.connectData(C)
    talk.advance(20 * 60_000)
    expectClosed(talk, 'timeout.idle')
  })

  test('D14 nor where the data idle time is the longer one', () => {
    const timeouts = { ...DEFAULTS.timeouts, dataIdle: duration(3_600_000) }
    const talk = passive({ ruleset: { timeouts } })
    talk.connectData(C)
    talk.advance(15 * 60_000)
    expectClosed(talk, 'timeout.idle')
  })

  test('D14 a transfer in time keeps it', () => {
    const talk = passive()
    talk.connectData(C)
    talk.advance(299_999).client('RETR f\r\n').advance(1)
    expect(talk.effectsOf('closeData')).toEqual([])
    expect(talk.effectsOf('startData')).toHaveLength(1)
  })

  test('D15 no byte moves before the transfer command, nor before both legs stand', () => {
    const early = passive()
    early.connectData(C)
    expect(early.effectsOf('startData')).toEqual([])
    early.client('STOR f\r\n')
    expect(early.effectsOf('startData')).toMatchObject([{ direction: 'to-server', idle: 300_000 }])
    const slow = passive({ unanswered: ['dialData'] })
    slow.connectData(C)
    slow.client('RETR f\r\n').server('150 go\r\n')
    expect(slow.effectsOf('startData')).toEqual([])
  })

  test.each([
    ['RETR f', 'to-client', 5, 7, 'client'],
    ['STOR f', 'to-server', 7, 5, 'server'],
  ] as const)(
    'D16 bytes in the wrong direction are recorded: %s',
    (line, direction, toClient, toServer, side) => {
      const talk = passive()
      talk.connectData(C)
      talk.client(`${line}\r\n`).server('150 go\r\n')
      expect(talk.effectsOf('startData')).toMatchObject([{ direction }])
      talk.endData(toClient, toServer).server('226 ok\r\n')
      expect(talk.recordsOf('verdict')).toMatchObject([
        { verdict: 'note', reason: 'data.wrong-direction', side, detail: '7 bytes' },
      ])
      expectAlive(talk)
    },
  )

  test('D19 a client that connects and is gone at once', () => {
    const talk = passive()
    talk.connectData(C)
    talk.endData(0, 0)
    expect(talk.recordsOf('data.open')).toEqual([])
    expect(talk.recordsOf('data.close')).toEqual([])
    talk.client('RETR f\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expectAlive(talk)
    talk.client('PASV\r\n').server(PASSIVE).client('RETR f\r\n')
    expect(talk.sentTo('server')).toBe('PASV\r\nRETR f\r\n')
  })

  test('D19 a server that cannot be dialled', () => {
    const talk = passive({ unanswered: ['dialData'] })
    talk.connectData(C)
    const { session } = talk
    const [{ connection } = failNothingDialled()] = talk.effectsOf('dialData')
    talk.handle({ type: 'dataDialFailed', session, connection, cause: 'ECONNREFUSED' })
    expect(talk.recordsOf('verdict')).toMatchObject([
      {
        verdict: 'drop-data',
        reason: 'data.unreachable',
        side: 'server',
        detail: '10.0.0.20:40000: ECONNREFUSED',
      },
    ])
    talk.client('RETR f\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expectAlive(talk)
  })

  test('D20 without PORT and PASV no pinhole opens by default', () => {
    const talk = loggedIn().client('RETR f\r\n')
    expect(talk.effectsOf('openPinhole')).toEqual([])
    expect(talk.sentTo('server')).toBe('RETR f\r\n')
    talk.server('425 Use PORT or PASV first.\r\n')
    expect(talk.sentTo('client')).toBe('425 Use PORT or PASV first.\r\n')
    expectAlive(talk)
  })
})

function failNothingDialled(): never {
  throw new Error('nothing was dialled')
}
