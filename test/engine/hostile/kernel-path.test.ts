/** Data connections that the kernel carries: nobody is asked before they are let through. */
import { describe, expect, test } from 'vitest'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import { type Endpoint, endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { Conversation, type ConversationOptions, HOSTS } from '../../support/conversation.ts'
import { block, deny, permit, ports } from '../../support/rules.ts'
import { World } from '../../support/world.ts'
import { expectNothingLeft, loggedIn } from './expectations.ts'

const KERNEL: ConversationOptions = { kernel: 'front-door' }
const CLIENT = `${HOSTS.C}:40100`
const SERVER = `${HOSTS.S}:20`
const PASV = 'PASV\r\n'
const ANNOUNCED = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'
const PORT = 'PORT 198,51,100,10,200,21\r\n'
/** What no data connection of the kernel is answered with. */
const ANSWERS = ['dialData', 'holdData', 'dropData'] as const

function expectNoAnswers(talk: Conversation): void {
  for (const type of ANSWERS) expect(talk.effectsOf(type)).toEqual([])
}

/** Types of the records about data connections, in order. */
function story(talk: Conversation): readonly string[] {
  return talk.records.map(({ type }) => type).filter((type) => /^(?:pinhole|data|range)/.test(type))
}

function verdicts(talk: Conversation): readonly string[] {
  return talk.recordsOf('verdict').map(({ reason }) => reason)
}

function passive(options: ConversationOptions = KERNEL): Conversation {
  return loggedIn(options).client(PASV).server(ANNOUNCED)
}

function active(options: ConversationOptions = KERNEL): Conversation {
  return loggedIn(options).client(PORT)
}

/** Where PORT told the server to connect. */
function told(talk: Conversation): string {
  const match = [...talk.sentTo('server').matchAll(/PORT (\d+,\d+,\d+,\d+),(\d+),(\d+)\r\n/g)].at(
    -1,
  )
  if (match === undefined) throw new Error(`no PORT: ${talk.sentTo('server')}`)
  const [, address = '', high, low] = match
  return `${address.replaceAll(',', '.')}:${Number(high) * 256 + Number(low)}`
}

describe('a transfer', () => {
  test('in passive mode: the connection is recorded, and its idle time told', () => {
    const talk = passive()
    expect(talk.takeSentTo('client')).toContain('(203,0,113,1,195,80)')
    talk.client('RETR f\r\n')
    expect(talk.connectData(CLIENT)).toBe('accepted')
    talk.server('150 go\r\n').server('226 done\r\n').endData(9000, 400, [12, 8])
    expect(story(talk)).toEqual([
      'pinhole.open',
      'pinhole.use',
      'pinhole.close',
      'data.open',
      'data.close',
    ])
    expect(talk.recordsOf('data.open')).toMatchObject([
      { verb: 'RETR', path: 'f', mode: 'passive', from: CLIENT, to: '10.0.0.20:40000' },
    ])
    expect(talk.recordsOf('data.close')).toMatchObject([
      { toClientBytes: 9000, toServerBytes: 400, toClientPackets: 12, toServerPackets: 8 },
    ])
    expect(talk.effectsOf('startData')).toMatchObject([{ direction: 'to-client' }])
    expect(talk.recordsOf('pinhole.close')).toMatchObject([{ reason: 'used' }])
    expectNoAnswers(talk)
    talk.client('QUIT\r\n').server('221 bye\r\n')
    expect(talk.isClosed).toBe(true)
    expectNothingLeft(talk)
    expect(talk.doors).toBe(0)
  })

  test('whose command comes after the connection', () => {
    const talk = passive()
    expect(talk.connectData(CLIENT)).toBe('accepted')
    expect(talk.effectsOf('startData')).toEqual([])
    talk.client('STOR f\r\n').server('150 go\r\n').endData(500, 90_000, [9, 70])
    talk.server('226 done\r\n')
    expect(talk.effectsOf('startData')).toMatchObject([{ direction: 'to-server' }])
    expect(talk.recordsOf('data.close')).toMatchObject([{ verb: 'STOR', toServerBytes: 90_000 }])
  })

  test('in active mode: a port is leased for the server, and is free when it was used', () => {
    const talk = active()
    expect(told(talk)).toBe(`${HOSTS.P_INSIDE}:50000`)
    expect(talk.gateway.counts.leases).toBe(1)
    const pinhole = talk.effectsOf('openPinhole').at(-1)?.pinhole
    expect(pinhole).toMatchObject({
      mode: 'active',
      peer: HOSTS.S,
      listen: { address: HOSTS.P_INSIDE, port: 50_000 },
      dial: { address: HOSTS.C, port: 51_221 },
      from: { address: HOSTS.P_OUTSIDE, port: 20 },
    })
    talk.server('200 ok\r\n').client('RETR f\r\n')
    expect(talk.connectData(SERVER, told(talk))).toBe('accepted')
    expect(talk.gateway.counts.leases).toBe(0)
    talk.server('150 go\r\n').server('226 done\r\n').endData(100, 100, [1, 1])
    expect(talk.recordsOf('data.open')).toMatchObject([
      { mode: 'active', from: SERVER, to: '198.51.100.10:51221' },
    ])
  })

  test('that the server says is done before its flow is reported is waited for', () => {
    const talk = passive().client('RETR f\r\n').server('150 go\r\n').server('226 done\r\n')
    talk.client(PASV)
    expect(talk.sentTo('server')).not.toMatch(/PASV\r\n.*PASV\r\n/s)
    expect(talk.connectData(CLIENT)).toBe('accepted')
    expect(talk.sentTo('server')).toMatch(/PASV\r\n.*PASV\r\n/s)
    expect(talk.recordsOf('data.open')).toMatchObject([{ verb: 'RETR' }])
  })

  test('the other way round is only told where there is more than headers can be', () => {
    const wrong = (bytes: number, packets: number): readonly string[] => {
      const talk = passive().client('RETR f\r\n')
      talk.connectData(CLIENT)
      talk.endData(4000, bytes, [10, packets])
      return verdicts(talk)
    }
    expect(wrong(10 * 120, 10)).toEqual([])
    expect(wrong(10 * 120 + 1, 10)).toEqual(['data.wrong-direction'])
  })
})

describe('who was let through and may not be', () => {
  test('nobody waits for a foreign peer: it was dropped, and is on record', () => {
    const talk = passive()
    for (const [host, session] of [
      [HOSTS.X, 's1'],
      [HOSTS.V, 's1'],
    ] as const) {
      expect(talk.connectData(`${host}:40100`)).toBe('refused')
      expect(talk.recordsOf('data.refused').at(-1)).toMatchObject({
        peer: `${host}:40100`,
        reason: 'data.foreign-peer',
        session,
      })
    }
    expect(talk.connectData(CLIENT)).toBe('accepted')
    expect(talk.effectsOf('closeData')).toEqual([])
  })

  test('where nothing is open, a denied connection belongs to nobody', () => {
    const talk = loggedIn(KERNEL)
    expect(talk.connectData(CLIENT, `${HOSTS.P_OUTSIDE}:50000`)).toBe('refused')
    const [refused] = talk.recordsOf('data.refused')
    expect(refused).toMatchObject({ reason: 'data.extra-peer' })
    expect(refused).not.toHaveProperty('session')
  })

  test('one pinhole, one connection', () => {
    const talk = passive()
    const { listening } = talk
    expect(talk.connectData(CLIENT)).toBe('accepted')
    expect(talk.connectData(`${HOSTS.C}:40101`, listening[0])).toBe('refused')
    expect(talk.recordsOf('data.refused')).toMatchObject([{ reason: 'data.extra-peer' }])
  })

  test('whose pinhole was replaced meanwhile is cut off', () => {
    const talk = passive()
    const pinhole = talk.effectsOf('openPinhole').at(-1)?.pinhole.id
    if (pinhole === undefined) throw new Error('no pinhole')
    talk.client(PASV)
    const [local, peer] = [at(HOSTS.P_OUTSIDE, 50_000), at(HOSTS.C, 40_100)]
    const { session } = talk
    const connection = talk.nextConnection()
    talk.handle({ type: 'dataPassed', session, connection, pinhole, local, peer })
    expect(verdicts(talk)).toEqual(['data.extra-peer'])
    expect(talk.effectsOf('closeData')).toEqual([{ type: 'closeData', connection }])
    expect(talk.recordsOf('pinhole.use')).toEqual([])
  })

  test('of a session that is gone is cut off, and nobody is told twice', () => {
    const talk = passive()
    const pinhole = talk.effectsOf('openPinhole').at(-1)?.pinhole.id
    if (pinhole === undefined) throw new Error('no pinhole')
    talk.close('client', 'reset')
    expect(talk.isClosed).toBe(true)
    const { session } = talk
    const connection = talk.nextConnection()
    const [local, peer] = [at(HOSTS.P_OUTSIDE, 50_000), at(HOSTS.C, 40_100)]
    talk.handle({ type: 'dataPassed', session, connection, pinhole, local, peer })
    expect(talk.effectsOf('closeData')).toEqual([{ type: 'closeData', connection }])
    expect(talk.recordsOf('data.refused')).toMatchObject([{ reason: 'data.extra-peer' }])
    talk.endData(0, 0)
    expect(talk.recordsOf('data.close')).toEqual([])
  })

  test('while a last transfer runs on is cut off as well', () => {
    const talk = passive().client('RETR f\r\n')
    const pinhole = talk.effectsOf('openPinhole').at(-1)?.pinhole.id
    if (pinhole === undefined) throw new Error('no pinhole')
    talk.connectData(CLIENT)
    talk.server('150 go\r\n').close('client', 'reset')
    expect(talk.isClosed).toBe(false)
    const { session } = talk
    const connection = talk.nextConnection()
    const [local, peer] = [at(HOSTS.P_OUTSIDE, 50_000), at(HOSTS.C, 40_101)]
    talk.handle({ type: 'dataPassed', session, connection, pinhole, local, peer })
    expect(talk.effectsOf('closeData')).toEqual([{ type: 'closeData', connection }])
    expect(talk.recordsOf('verdict')).toMatchObject([
      { verdict: 'drop-data', reason: 'data.extra-peer', side: 'client' },
    ])
    talk.endData(9000, 400, [12, 8])
    expect(talk.isClosed).toBe(true)
    expectNothingLeft(talk)
  })
})

describe('source ports', () => {
  const rules = [
    permit('control'),
    permit('active-data', { fromPort: ports('20') }),
    deny('active-data', { fromPort: ports('1-19') }),
    permit('active-data', { fromPort: ports('1-30'), to: [block('198.51.100.0/24')] }),
    permit('passive-data'),
  ]

  test('a pinhole lets in only those that the rules permit', () => {
    const talk = active({ ...KERNEL, rules })
    expect(talk.effectsOf('openPinhole').at(-1)?.pinhole.fromPorts).toEqual([
      ports('20'),
      ports('21-30'),
    ])
    talk.server('200 ok\r\n').client('RETR f\r\n')
    for (const other of [19, 31]) {
      expect(talk.connectData(`${HOSTS.S}:${other}`, told(talk))).toBe('refused')
      expect(talk.recordsOf('data.refused').at(-1)).toMatchObject({ reason: 'data.foreign-peer' })
    }
    expect(talk.connectData(`${HOSTS.S}:25`, told(talk))).toBe('accepted')
  })

  test('where no rule names any, there is no condition', () => {
    expect(
      passive({ ...KERNEL, rules })
        .effectsOf('openPinhole')
        .at(-1)?.pinhole.fromPorts,
    ).toBe(undefined)
  })

  test('a kernel that let a wrong one through is told to cut it off', () => {
    const talk = active({ ...KERNEL, rules })
      .server('200 ok\r\n')
      .client('RETR f\r\n')
    const { id: pinhole, session } = talk.effectsOf('openPinhole').at(-1)?.pinhole ?? {}
    if (pinhole === undefined || session === undefined) throw new Error('no pinhole')
    const connection = talk.nextConnection()
    const [local, peer] = [at(HOSTS.P_INSIDE, 50_000), at(HOSTS.S, 19)]
    talk.handle({ type: 'dataPassed', session, connection, pinhole, local, peer })
    expect(verdicts(talk)).toEqual(['data.source-port'])
    expect(talk.effectsOf('closeData')).toHaveLength(1)
  })
})

describe('a server that is faster than its 200', () => {
  function early(): Conversation {
    const talk = active()
    expect(talk.connectData(SERVER, told(talk))).toBe('accepted')
    expect(talk.recordsOf('verdict')).toMatchObject([
      { verdict: 'note', reason: 'data.early', side: 'server' },
    ])
    expectNoAnswers(talk)
    return talk
  }

  test('is used when it accepts', () => {
    const talk = early().server('200 ok\r\n').client('LIST\r\n')
    expect(talk.recordsOf('data.open')).toMatchObject([{ verb: 'LIST' }])
    talk.server('150 go\r\n').server('226 done\r\n').endData(700, 300, [7, 5])
    expect(talk.recordsOf('data.close')).toHaveLength(1)
    expectNoAnswers(talk)
  })

  test('is cut off when it refuses', () => {
    const talk = early().server('500 no\r\n')
    expect(talk.effectsOf('closeData')).toHaveLength(1)
    expect(talk.recordsOf('pinhole.use')).toEqual([])
    expect(talk.recordsOf('pinhole.close')).toMatchObject([{ reason: 'refused' }])
    talk.client('RETR f\r\n')
    expect(talk.reasons.at(-1)).toBe('setup.refused')
  })

  test('is not used when it has gone again', () => {
    const talk = early().endData(40, 40, [1, 1]).server('200 ok\r\n').client('LIST\r\n')
    expect(talk.recordsOf('pinhole.use')).toEqual([])
    expect(talk.effectsOf('closeData')).toEqual([])
    talk.server('425 no connection\r\n').advance(31_000)
    expect(talk.recordsOf('pinhole.close')).toMatchObject([{ reason: 'expired' }])
    expect(talk.gateway.counts.leases).toBe(0)
  })

  test('is cut off with the session', () => {
    const talk = early().close('client', 'reset')
    expect(talk.effectsOf('closeData')).toHaveLength(1)
    expect(talk.isClosed).toBe(true)
    expectNothingLeft(talk)
  })
})

describe('a connection that no transfer uses', () => {
  test('is on record with its bytes, since nobody held them back', () => {
    const talk = passive()
    talk.connectData(CLIENT)
    talk.endData(6000, 240, [6, 4])
    expect(talk.recordsOf('data.open')).toMatchObject([{ from: CLIENT, mode: 'passive' }])
    const [close] = talk.recordsOf('data.close')
    expect(close).toMatchObject({ toClientBytes: 6000, toServerBytes: 240 })
    expect(close).not.toHaveProperty('verb')
    talk.client('RETR f\r\n')
    expect(verdicts(talk)).toEqual(['setup.refused'])
    talk.client('QUIT\r\n').server('221 bye\r\n')
    expect(talk.recordsOf('session.close')).toMatchObject([{ transfers: 0, toClientBytes: 6000 }])
  })

  test('is ended in time', () => {
    const talk = passive()
    talk.connectData(CLIENT)
    // Somebody talks, so that the session is not idle itself.
    for (let minute = 0; minute < 20 && talk.effectsOf('closeData').length === 0; minute++)
      talk.client('NOOP\r\n').server('200 ok\r\n').advance(60_000)
    expect(verdicts(talk)).toEqual(['data.unused'])
    expect(talk.effectsOf('closeData')).toHaveLength(1)
    expect(talk.recordsOf('data.close')).toMatchObject([{ cause: 'closed' }])
  })
})

describe('passive and active ports', () => {
  test('all clients of a server share its ports: 425 when they are used up, until one is back', () => {
    const base = frontDoor({
      listen: at(HOSTS.P_OUTSIDE, 21),
      server: at(HOSTS.S, 21),
      dataPath: 'kernel',
      passivePorts: ports('50000'),
    })
    const world = new World(base)
    const [first, second] = [world.connect(`${HOSTS.C}:40000`), world.connect(`${HOSTS.X}:40000`)]
    for (const session of [first, second]) world.login(session)
    world.write(first, 'client', PORT)
    world.takeSent(second, 'client')
    world.write(second, 'client', 'PORT 198,51,100,99,200,21\r\n')
    expect(world.takeSent(second, 'client')).toMatch(/^425 /)
    expect(world.gateway.counts).toMatchObject({ leases: 1, pinholes: 1 })
    world.write(first, 'server', '500 no\r\n')
    expect(world.gateway.counts).toMatchObject({ leases: 0, pinholes: 0 })
    world.write(second, 'client', 'PORT 198,51,100,99,200,21\r\n')
    expect(world.takeSent(second, 'server')).toMatch(/PORT 10,0,0,1,195,80\r\n$/)
  })

  test('a port that the kernel cannot have is tried again elsewhere', () => {
    const talk = loggedIn({ ...KERNEL, unanswered: ['openPinhole'] }).client(PORT)
    const first = talk.effectsOf('openPinhole')[0]?.pinhole
    if (first === undefined) throw new Error('no pinhole')
    const { id: pinhole, session } = first
    talk.handle({ type: 'pinholeFailed', session, pinhole, cause: 'EADDRINUSE' })
    const second = talk.effectsOf('openPinhole')[1]?.pinhole
    if (second === undefined) throw new Error('no second try')
    expect(talk.gateway.counts.leases).toBe(1)
    talk.handle({ type: 'pinholeFailed', session, pinhole: second.id, cause: 'ENOSPC' })
    expect(talk.gateway.counts.leases).toBe(0)
    expect(talk.sentTo('client')).toMatch(/^425 /)
    expect(verdicts(talk)).toEqual(['pinhole.failed'])
  })
})

function at(address: string, number: number): Endpoint {
  return endpoint(ip(address), port(number))
}
