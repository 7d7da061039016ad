import { describe, expect, test } from 'vitest'
import type { Pinhole } from '../../../src/engine/nat/pinhole.ts'
import { at, type Conversation, HOSTS } from '../../support/conversation.ts'
import { expectAlive, expectNothingLeft, loggedIn } from '../hostile/expectations.ts'

const PASSIVE = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'
const PORT = 'PORT 198,51,100,10,200,21\r\n'
const slow = { unanswered: ['openPinhole'] } as const

function lastOpened(talk: Conversation): Pinhole {
  const pinhole = talk.effectsOf('openPinhole').at(-1)?.pinhole
  if (pinhole === undefined) throw new Error('no pinhole was asked for')
  return pinhole
}

function fail(talk: Conversation, cause: string): void {
  const { session } = talk
  talk.handle({ type: 'pinholeFailed', session, pinhole: lastOpened(talk).id, cause })
}

describe('before the pinhole is open', () => {
  test('the 227 and what follows it wait', () => {
    const talk = loggedIn(slow).client('PASV\r\nNOOP\r\n').server(PASSIVE)
    expect(talk.sentTo('client')).toBe('')
    expect(talk.sentTo('server')).toBe('PASV\r\n')
    expect(talk.recordsOf('pinhole.open')).toEqual([])
    talk.opened(lastOpened(talk))
    expect(talk.sentTo('client')).toBe('227 Entering Passive Mode (203,0,113,1,195,80)\r\n')
    expect(talk.sentTo('server')).toBe('PASV\r\nNOOP\r\n')
  })

  test('the PORT and what follows it wait', () => {
    const talk = loggedIn(slow).client(`${PORT}NOOP\r\n`)
    expect(talk.sentTo('server')).toBe('')
    talk.opened(lastOpened(talk))
    expect(talk.sentTo('server')).toBe('PORT 10,0,0,1,164,17\r\n')
  })

  test('replies of the server behind the 227 wait as well', () => {
    const talk = loggedIn(slow).client('PASV\r\nNOOP\r\n').server(`${PASSIVE}200 ok\r\n`)
    expect(talk.sentTo('client')).toBe('')
    talk.opened(lastOpened(talk))
    expect(talk.sentTo('client')).toMatch(/^227 .*\r\n200 ok\r\n$/)
  })

  test('a client that goes takes the pinhole with it, and its answer comes too late', () => {
    const talk = loggedIn(slow).client(PORT).close('client', 'reset')
    const pinhole = lastOpened(talk)
    expect(talk.effectsOf('closePinhole')).toEqual([{ type: 'closePinhole', pinhole }])
    expectNothingLeft(talk)
    talk.opened(pinhole)
    expectNothingLeft(talk)
    expect(talk.recordsOf('pinhole.open')).toEqual([])
  })

  test('answers to a pinhole that is no longer wanted change nothing', () => {
    const talk = loggedIn(slow).client('PASV\r\n').server(PASSIVE)
    const stale = lastOpened(talk)
    fail(talk, 'EADDRINUSE')
    const before = talk.effects.length
    talk.handle({
      type: 'pinholeOpened',
      session: talk.session,
      pinhole: stale.id,
      listening: at('203.0.113.1:50000'),
    })
    const { session } = talk
    talk.handle({ type: 'pinholeFailed', session, pinhole: stale.id, cause: 'EADDRINUSE' })
    expect(talk.effects).toHaveLength(before)
    talk.opened(lastOpened(talk))
    const opened = talk.effects.length
    talk.handle({ type: 'pinholeFailed', session, pinhole: stale.id, cause: 'EMFILE' })
    expect(talk.effects).toHaveLength(opened)
    expect(talk.gateway.counts).toMatchObject({ pinholes: 1, leases: 1 })
  })
})

describe('when it cannot be opened', () => {
  test('a port that another program holds: the next one is tried', () => {
    const talk = loggedIn(slow).client('PASV\r\n').server(PASSIVE)
    fail(talk, 'EADDRINUSE')
    fail(talk, 'EADDRINUSE')
    const asked = talk.effectsOf('openPinhole').map(({ pinhole }) => pinhole.listen.port)
    expect(asked).toEqual([50_000, 50_001, 50_002])
    talk.opened(lastOpened(talk))
    expect(talk.sentTo('client')).toBe('227 Entering Passive Mode (203,0,113,1,195,82)\r\n')
    expect(talk.gateway.counts.leases).toBe(1)
  })

  test('eight ports, and no more', () => {
    const talk = loggedIn(slow).client('PASV\r\n').server(PASSIVE)
    for (let count = 0; count < 8; count++) fail(talk, 'EADDRINUSE')
    expect(talk.effectsOf('openPinhole')).toHaveLength(8)
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expect(talk.recordsOf('verdict')).toMatchObject([
      { verdict: 'replace', reason: 'pinhole.failed', detail: 'EADDRINUSE' },
    ])
    expect(talk.gateway.counts).toMatchObject({ pinholes: 0, leases: 0 })
    expectAlive(talk)
  })

  test('fewer than eight where the range has no more', () => {
    const talk = loggedIn({ ...slow, passivePorts: '50000-50001' })
    talk.client('PASV\r\n').server(PASSIVE)
    // A port that is taken rests, but is tried again rather than none.
    for (let count = 0; count < 8; count++) fail(talk, 'EADDRINUSE')
    expect(talk.sentTo('client')).toMatch(/^425 /)
    expect(talk.gateway.counts).toMatchObject({ pinholes: 0, leases: 0 })
  })

  test.each([
    ['PASV\r\n', 'EMFILE'],
    ['PASV\r\n', 'EADDRNOTAVAIL'],
    [PORT, 'EMFILE'],
    [PORT, 'EADDRINUSE'],
  ])('%j, %s: the client is told at once', (line, cause) => {
    const talk = loggedIn(slow).client(line)
    if (line === 'PASV\r\n') talk.server(PASSIVE)
    fail(talk, cause)
    expect(talk.effectsOf('openPinhole')).toHaveLength(1)
    expect(talk.takeSentTo('client')).toMatch(/^425 [^\r]*\r\n$/)
    expect(talk.recordsOf('verdict')).toMatchObject([{ reason: 'pinhole.failed', detail: cause }])
    if (line === PORT) expect(talk.sentTo('server')).toBe('')
    talk.client('RETR f\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expectAlive(talk)
  })
})

describe('its life', () => {
  test('is recorded from open to close with the rule that permitted it', () => {
    const talk = loggedIn().client('PASV\r\n').server(PASSIVE)
    talk.connectData(`${HOSTS.C}:40100`)
    const types = talk.records.map((record) => record.type)
    expect(types.filter((type) => type.startsWith('pinhole.'))).toEqual([
      'pinhole.open',
      'pinhole.use',
      'pinhole.close',
    ])
    expect(talk.recordsOf('pinhole.open')).toMatchObject([
      {
        pinhole: 's1/p1',
        mode: 'passive',
        peer: HOSTS.C,
        listening: '203.0.113.1:50000',
        dial: '10.0.0.20:40000',
        rule: 'front door: passive data',
        ttlMs: 30_000,
      },
    ])
    expect(talk.recordsOf('pinhole.close')).toMatchObject([{ pinhole: 's1/p1', reason: 'used' }])
  })

  test('every pinhole has a name of its own', () => {
    const talk = loggedIn()
    for (let count = 0; count < 3; count++) talk.client('PASV\r\n').server(PASSIVE)
    const names = talk.recordsOf('pinhole.open').map((record) => record.pinhole)
    expect(names).toEqual(['s1/p1', 's1/p2', 's1/p3'])
  })
})
