import { describe, expect, test } from 'vitest'
import { dataConnectionId, pinholeId, sessionId } from '../../../src/engine/id.ts'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import { createEvaluator } from '../../../src/engine/rules/evaluate.ts'
import type { Limits, Profile, Ruleset } from '../../../src/engine/rules/ruleset.ts'
import { instant } from '../../../src/net/instant.ts'
import { ip } from '../../../src/net/ip.ts'
import { at, HOSTS } from '../../support/conversation.ts'
import { block, deny, permit, ports } from '../../support/rules.ts'
import { toldEndpoint, World } from '../../support/world.ts'

const PASSIVE = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'
const NOTHING = { sessions: 0, clients: 0, pinholes: 0, leases: 0 }

interface Changes extends Partial<Omit<Ruleset, 'limits'>> {
  readonly limits?: Partial<Limits>
}

function ruleset(changes: Changes = {}): Ruleset {
  const base = frontDoor({
    listen: at('0.0.0.0:21'),
    server: at(`${HOSTS.S}:21`),
    passivePorts: ports('50000-50099'),
  })
  return { ...base, ...changes, limits: { ...base.limits, ...changes.limits } }
}

/** The session's last refusal in full: its effects but for the record, and the record. */
function expectRefused(world: World, reason: string, act: () => void): void {
  const before = world.effects.length
  act()
  const [record, send, close, ended, ...rest] = world.effects.slice(before)
  expect(record).toMatchObject({ record: { type: 'session.refused', reason } })
  expect(send).toMatchObject({ type: 'send', side: 'client' })
  if (send?.type === 'send') expect(Buffer.from(send.bytes).toString()).toMatch(/^421 .*\r\n$/)
  expect(close).toMatchObject({ type: 'close', side: 'client' })
  expect(ended?.type).toBe('sessionEnded')
  expect(rest).toEqual([])
}

function passive(world: World, client: string): ReturnType<World['connect']> {
  const session = world.connect(client)
  world.login(session)
  world.takeSent(session, 'client')
  world.write(session, 'client', 'PASV\r\n')
  world.write(session, 'server', PASSIVE)
  return session
}

describe('who is let in', () => {
  test('R1 as many sessions as the limit says, and another when one has ended', () => {
    const world = new World(ruleset({ limits: { sessions: 2 } }))
    const first = world.connect('198.51.100.1:40000')
    world.connect('198.51.100.2:40000')
    expectRefused(world, 'limit.sessions', () => world.connect('198.51.100.3:40000'))
    world.handle({ type: 'sideClosed', session: first, side: 'client', cause: 'reset' })
    const third = world.connect('198.51.100.3:40000')
    world.login(third)
    expect(world.takeSent(third, 'server')).toBe('USER u\r\n')
    expect(world.gateway.counts).toMatchObject({ sessions: 2, clients: 2 })
  })

  test('R1 as many of one client, whatever others do', () => {
    const world = new World(ruleset({ limits: { sessionsPerClient: 2 } }))
    const first = world.connect('198.51.100.1:40000')
    world.connect('198.51.100.1:40001')
    expectRefused(world, 'limit.sessions-per-client', () => world.connect('198.51.100.1:40002'))
    world.connect('198.51.100.2:40000')
    expect(world.gateway.counts).toMatchObject({ sessions: 3, clients: 2 })
    world.handle({ type: 'sideClosed', session: first, side: 'client', cause: 'reset' })
    world.connect('198.51.100.1:40002')
    expectRefused(world, 'limit.sessions-per-client', () => world.connect('198.51.100.1:40003'))
  })

  test('R2 nobody for whom there is no descriptor, and everybody else', () => {
    const world = new World(ruleset())
    const arrival = {
      type: 'clientConnected',
      session: sessionId('short'),
      listener: 'front-door',
      client: at('198.51.100.1:40000'),
      local: at(`${HOSTS.P_OUTSIDE}:21`),
      isOneTooManyFor: 'descriptors',
    } as const
    expectRefused(world, 'limit.descriptors', () => {
      world.handle(arrival)
      return arrival.session
    })
    world.connect('198.51.100.1:40001')
    expect(world.gateway.counts.sessions).toBe(1)
  })

  test('R2 nobody for whom there is no place among all processes that share the limit', () => {
    const world = new World(ruleset())
    expectRefused(world, 'limit.sessions', () => {
      const session = sessionId('elsewhere')
      world.handle({
        type: 'clientConnected',
        session,
        listener: 'front-door',
        client: at('198.51.100.1:40000'),
        local: at(`${HOSTS.P_OUTSIDE}:21`),
        isOneTooManyFor: 'sessions',
      })
      return session
    })
    expect(world.gateway.counts.sessions).toBe(0)
  })

  test('R20 nobody while records cannot be written', () => {
    const world = new World(ruleset())
    const running = world.connect('198.51.100.1:40000')
    world.handle({ type: 'packetLogFailed' })
    expectRefused(world, 'packet-log.failing', () => world.connect('198.51.100.2:40000'))
    world.login(running)
    expect(world.takeSent(running, 'server')).toBe('USER u\r\n')
    world.handle({ type: 'packetLogRecovered' })
    world.connect('198.51.100.2:40000')
    expect(world.gateway.counts.sessions).toBe(2)
  })

  test('R20 everybody, where the rule file would rather lose records', () => {
    const world = new World(ruleset({ packetLog: { path: '-', onFailure: 'continue' } }))
    world.handle({ type: 'packetLogFailed' })
    world.connect('198.51.100.2:40000')
    expect(world.gateway.counts.sessions).toBe(1)
  })

  test('nobody once the process drains', () => {
    const world = new World(ruleset())
    const idle = world.connect('198.51.100.1:40000')
    world.handle({ type: 'drain', until: instant(31_000) })
    expect(world.takeSent(idle, 'client')).toMatch(/^421 /)
    expect(world.gateway.counts).toEqual(NOTHING)
    expectRefused(world, 'draining', () => world.connect('198.51.100.2:40000'))
  })

  test('nobody whom no rule permits, and the rule that denies is named', () => {
    const rules = [
      deny('control', { name: 'not them', from: [block('198.51.100.0/24')] }),
      permit('control', { from: [block('192.0.2.0/24')] }),
    ]
    const world = new World(ruleset({ rules }))
    expectRefused(world, 'rule.denied', () => world.connect('198.51.100.1:40000'))
    expectRefused(world, 'rule.none', () => world.connect('203.0.113.99:40000'))
    const [denied, unknown] = world.recordsOf('session.refused')
    expect(denied).toEqual({
      type: 'session.refused',
      listener: 'front-door',
      client: '198.51.100.1:40000',
      server: '10.0.0.20:21',
      reason: 'rule.denied',
      rule: 'not them',
    })
    expect(unknown).not.toHaveProperty('rule')
    world.connect('192.0.2.1:40000')
    expect(world.gateway.counts).toMatchObject({ sessions: 1, clients: 1 })
  })

  test('nobody at a listener that the rules no longer have', () => {
    const world = new World(ruleset())
    const there = `${HOSTS.P_OUTSIDE}:21`
    expectRefused(world, 'rule.none', () => world.connect('198.51.100.1:40000', there, 'gone'))
  })

  test('B7 K9 nobody whose server is the proxy itself', () => {
    const self = frontDoor({ listen: at('0.0.0.0:21'), server: at('10.0.0.1:21') })
    const world = new World(self)
    world.handle({ type: 'localAddresses', addresses: [ip('10.0.0.1')] })
    expectRefused(world, 'server.self', () => world.connect('198.51.100.1:40000'))
    const unseen = new World(self)
    expectRefused(unseen, 'server.self', () => unseen.connect('198.51.100.1:40000', '10.0.0.1:21'))
  })
})

describe('which profile and rules a session has', () => {
  test('those of the control rule that let it in', () => {
    const base = ruleset()
    const profile = base.profiles.get('default') as Profile
    const profiles = new Map([
      ['default', profile],
      ['no-active', { ...profile, name: 'no-active', activeMode: 'denied' as const }],
    ])
    const rules = [
      permit('control', { name: 'guests', from: [block('198.51.100.1')], profile: 'no-active' }),
      ...base.rules,
    ]
    const world = new World({ ...base, profiles, rules })
    const guest = world.connect('198.51.100.1:40000')
    const other = world.connect('198.51.100.2:40000')
    const opened = world.recordsOf('session.open').map((record) => [record.profile, record.rule])
    expect(opened).toEqual([
      ['no-active', 'guests'],
      ['default', 'front door: control'],
    ])
    for (const [session, host] of [
      [guest, '198,51,100,1'],
      [other, '198,51,100,2'],
    ] as const) {
      world.login(session)
      world.write(session, 'client', `PORT ${host},200,21\r\n`)
    }
    expect(world.takeSent(guest, 'client')).toMatch(/502 /)
    expect(world.takeSent(other, 'server')).toMatch(/PORT 10,0,0,1,/)
  })

  test('K10 new rules are for new sessions; those that run keep theirs', () => {
    const world = new World(ruleset())
    const old = passive(world, '198.51.100.1:40000')
    expect(toldEndpoint(world.takeSent(old, 'client'))).toBe('203.0.113.1:50000')
    const changed = ruleset({ passivePorts: ports('60000-60099') })
    world.handle({ type: 'rulesReplaced', evaluator: createEvaluator(changed) })
    const young = passive(world, '198.51.100.2:40000')
    expect(toldEndpoint(world.takeSent(young, 'client'))).toBe('203.0.113.1:60000')
    world.write(old, 'client', 'PASV\r\n')
    world.write(old, 'server', PASSIVE)
    expect(toldEndpoint(world.takeSent(old, 'client'))).toBe('203.0.113.1:50001')
  })
})

describe('whose a data connection is', () => {
  test('two clients on one port at one time', () => {
    const world = new World(ruleset())
    const one = passive(world, '198.51.100.1:40000')
    const two = passive(world, '198.51.100.2:40000')
    const [door, same] = [one, two].map((session) =>
      toldEndpoint(world.takeSent(session, 'client')),
    )
    expect(door).toBe(same)
    expect(world.connectData('198.51.100.2:40100', `${door}`)?.pinhole.session).toBe(two)
    expect(world.connectData('198.51.100.2:40101', `${door}`)).toBeUndefined()
    expect(world.connectData('198.51.100.1:40100', `${door}`)?.pinhole.session).toBe(one)
  })

  test('D17 two clients behind one address have two ports, and a connection goes by its port', () => {
    const world = new World(ruleset())
    const one = passive(world, '198.51.100.1:40000')
    const two = passive(world, '198.51.100.1:40001')
    const [a, b] = [one, two].map((session) => toldEndpoint(world.takeSent(session, 'client')))
    expect(a).not.toBe(b)
    expect(world.connectData('198.51.100.1:40100', `${b}`)?.pinhole.session).toBe(two)
    expect(world.connectData('198.51.100.1:40101', `${a}`)?.pinhole.session).toBe(one)
    const used = world.recordsOf('pinhole.use').map((record) => [record.session, record.peer])
    expect(used).toEqual([
      [two, '198.51.100.1:40100'],
      [one, '198.51.100.1:40101'],
    ])
  })

  test('a stranger is dropped, and told apart by whose pinhole it came to where that is clear', () => {
    const world = new World(ruleset())
    const one = passive(world, '198.51.100.1:40000')
    expect(world.connectData(`${HOSTS.X}:1`, '203.0.113.1:50000')).toBeUndefined()
    passive(world, '198.51.100.2:40000')
    expect(world.connectData(`${HOSTS.X}:2`, '203.0.113.1:50000')).toBeUndefined()
    expect(world.connectData(`${HOSTS.X}:3`, '203.0.113.1:50055')).toBeUndefined()
    const [clear, unclear, nowhere] = world.recordsOf('data.refused')
    expect(clear).toMatchObject({ reason: 'data.foreign-peer', session: one })
    expect(unclear).toMatchObject({ reason: 'data.foreign-peer' })
    expect(unclear).not.toHaveProperty('session')
    expect(nowhere).toMatchObject({ reason: 'data.extra-peer', peer: `${HOSTS.X}:3` })
    expect(nowhere).not.toHaveProperty('session')
    expect(world.effects.filter((effect) => effect.type === 'dropData')).toHaveLength(3)
    expect(world.gateway.counts.pinholes).toBe(2)
  })

  test('two hundred clients on ten ports', () => {
    const world = new World(ruleset({ passivePorts: ports('50000-50009') }))
    const clients = Array.from({ length: 200 }, (_, index) => `198.51.100.${index + 1}`)
    const sessions = clients.map((address) => passive(world, `${address}:40000`))
    expect(world.gateway.counts).toEqual({
      sessions: 200,
      clients: 200,
      pinholes: 200,
      leases: 200,
    })
    const connections = sessions.map((session, index) => {
      const door = toldEndpoint(world.takeSent(session, 'client'))
      const accepted = world.connectData(`${clients[index]}:40100`, door)
      expect(accepted?.pinhole.session).toBe(session)
      return accepted?.id
    })
    expect(world.gateway.counts).toMatchObject({ pinholes: 0, leases: 0 })
    for (const [index, session] of sessions.entries()) {
      const connection = connections[index]
      if (connection === undefined) throw new Error(`${session} has no data connection`)
      world.write(session, 'client', `RETR f${index}\r\nQUIT\r\n`)
      world.write(session, 'server', '150 go\r\n226 ok\r\n221 bye\r\n')
      world.endData(session, connection, index)
    }
    const carried = world
      .recordsOf('data.close')
      .map((record) => [record.path, record.toClientBytes])
    expect(carried).toEqual(sessions.map((_, index) => [`f${index}`, index]))
    expect(world.gateway.counts).toEqual(NOTHING)
  })
})

describe('R11 a client that uses its passive range up', () => {
  test('R11 gets 425, others do not notice, and time gives the ports back', () => {
    const world = new World(ruleset({ passivePorts: ports('50000-50002') }))
    const sessions = [0, 1, 2, 3].map((index) => passive(world, `198.51.100.1:${40_000 + index}`))
    const replies = sessions.map((session) => world.takeSent(session, 'client').slice(0, 3))
    expect(replies).toEqual(['227', '227', '227', '425'])
    const last = sessions[3]
    const first = sessions[0]
    if (last === undefined || first === undefined) throw new Error('four sessions were made')
    expect(world.recordsOf('verdict')).toMatchObject([
      { session: last, verdict: 'replace', reason: 'range.exhausted' },
    ])
    const other = passive(world, '198.51.100.2:40000')
    expect(world.takeSent(other, 'client')).toMatch(/^227 /)
    world.now = instant(31_000)
    world.handle({ type: 'deadlineReached', session: first })
    world.write(last, 'client', 'PASV\r\n')
    world.write(last, 'server', PASSIVE)
    expect(world.takeSent(last, 'client')).toMatch(/^227 /)
  })
})

test('events of sessions that are gone, or never were, are answered with nothing', () => {
  const world = new World(ruleset())
  const session = sessionId('nobody')
  expect(world.handle({ type: 'deadlineReached', session })).toEqual([])
  expect(world.handle({ type: 'sideClosed', session, side: 'client', cause: 'end' })).toEqual([])
  expect(world.gateway.nextDeadline(session)).toBeUndefined()
  expect(world.gateway.discard(session, world.now)).toEqual([])
  expect(world.gateway.counts).toEqual(NOTHING)
})

describe('where the kernel carries data connections', () => {
  const kernel = (): World => new World(ruleset({ dataPath: 'kernel' }))

  test('a connection that it denied is on record, with the session that was alone to wait there', () => {
    const world = kernel()
    const [one, other] = [world.connect(`${HOSTS.C}:40000`), world.connect('198.51.100.11:40000')]
    const [local, peer] = [at(`${HOSTS.P_OUTSIDE}:50000`), at(`${HOSTS.X}:40100`)]
    const denied = (): unknown => {
      world.handle({ type: 'dataDenied', local, peer })
      return world.recordsOf('data.refused').at(-1)
    }
    expect(denied()).toEqual({
      type: 'data.refused',
      peer: `${HOSTS.X}:40100`,
      local: `${HOSTS.P_OUTSIDE}:50000`,
      reason: 'data.extra-peer',
    })
    for (const [session, expected] of [
      [one, { reason: 'data.foreign-peer', session: one }],
      [other, { reason: 'data.foreign-peer' }],
    ] as const) {
      world.login(session)
      world.write(session, 'client', 'PASV\r\n')
      world.write(session, 'server', PASSIVE)
      expect(denied()).toMatchObject(expected)
    }
    expect(denied()).not.toHaveProperty('session')
    expect(world.effects.filter(({ type }) => type === 'dropData')).toEqual([])
  })

  test('what it let through for a session that is gone is cut off', () => {
    const world = kernel()
    const session = sessionId('gone')
    const [local, peer] = [at(`${HOSTS.P_OUTSIDE}:50000`), at(`${HOSTS.C}:40100`)]
    const connection = dataConnectionId(7)
    const pinhole = pinholeId(session, 1)
    const effects = world.handle({ type: 'dataPassed', session, connection, pinhole, local, peer })
    expect(effects).toMatchObject([
      { type: 'closeData', connection },
      { type: 'record', record: { type: 'data.refused', reason: 'data.extra-peer' } },
    ])
  })
})
