/** Clients that meant to connect to their server: addresses are left alone wherever they can be. */
import { describe, expect, test } from 'vitest'
import { sessionId } from '../../../src/engine/id.ts'
import { ip } from '../../../src/net/ip.ts'
import { at, Conversation, type ConversationOptions, HOSTS } from '../../support/conversation.ts'
import { block, permit, ports } from '../../support/rules.ts'
import { underTls } from '../../support/tls-dialogue.ts'
import { ESTABLISHED_13 } from '../tls/support/hand-made.ts'
import { expectNothingLeft, expectRejected, loggedIn } from './expectations.ts'

const GATEWAY = '203.0.113.1'
const REDIRECT: ConversationOptions = { kernel: 'redirect', local: `${GATEWAY}:2121` }
const TPROXY: ConversationOptions = {
  kernel: 'tproxy',
  local: '0.0.0.0:2122',
  listener: { keepClientAddress: true },
}
const NAT: ConversationOptions = {
  ...REDIRECT,
  listener: { nat: { publicAddress: ip('192.0.2.1') } },
}
const ANNOUNCED = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'
const EXTENDED = '229 Entering Extended Passive Mode (|||40000|)\r\n'

function pinholeOf(talk: Conversation): unknown {
  return talk.effectsOf('openPinhole').at(-1)?.pinhole
}

describe('the control connection', () => {
  test.each<[string, ConversationOptions]>([
    ['redirect', REDIRECT],
    ['tproxy', TPROXY],
  ])('%s: the server is the one that the client meant', (_, options) => {
    const talk = new Conversation(options)
    expect(talk.recordsOf('session.open')).toMatchObject([
      { server: `${HOSTS.S}:21`, local: `${HOSTS.S}:21` },
    ])
    expect(talk.effectsOf('connectServer')).toMatchObject([{ server: { address: HOSTS.S } }])
    expect(talk.login().sentTo('client')).toContain('230 ok')
  })

  test('the server sees the client where its address is kept, and only there', () => {
    expect(new Conversation(TPROXY).effectsOf('connectServer')).toMatchObject([
      { from: HOSTS.C, isTransparent: true },
    ])
    expect(new Conversation(REDIRECT).effectsOf('connectServer')[0]).not.toHaveProperty('from')
  })

  test('hidden clients come from their public address, if this host has it', () => {
    expect(new Conversation(NAT).effectsOf('connectServer')[0]).not.toHaveProperty('from')
    const here = new Conversation({ ...NAT, localAddresses: ['192.0.2.1'] })
    const [connect] = here.effectsOf('connectServer')
    expect(connect).toMatchObject({ from: '192.0.2.1' })
    expect(connect).not.toHaveProperty('isTransparent')
  })

  test.each<[string, ConversationOptions]>([
    ['redirect', REDIRECT],
    ['tproxy', { ...TPROXY, local: `${GATEWAY}:2122` }],
  ])('%s: who connects to the listener itself is refused', (_, options) => {
    const talk = new Conversation({ ...options, isNotRedirected: true })
    expect(talk.recordsOf('session.refused')).toMatchObject([
      { reason: 'intercept.not-redirected', client: `${HOSTS.C}:40000`, server: '' },
    ])
    expect(talk.sentTo('client')).toBe(
      '421 The client connected to the proxy itself, which only intercepts.\r\n',
    )
    expect(talk.effectsOf('connectServer')).toEqual([])
    expectNothingLeft(talk)
  })

  test.each([
    `${GATEWAY}:21`,
    `${HOSTS.P_INSIDE}:21`,
    `${GATEWAY}:2121`,
    '127.0.0.1:21',
    '[::1]:21',
  ])('who meant %s, which is this host, is refused', (server) => {
    const talk = new Conversation({ ...REDIRECT, server })
    expect(talk.recordsOf('session.refused')).toMatchObject([{ reason: 'server.self', server }])
    expect(talk.effectsOf('connectServer')).toEqual([])
    expectNothingLeft(talk)
  })

  test('in the capture of a host that speaks to itself, loopback is that host', () => {
    const server = '127.0.0.2:21'
    const talk = new Conversation({ ...REDIRECT, server, client: '127.0.0.1:40000' })
    expect(talk.recordsOf('session.refused')).toEqual([])
    expect(talk.effectsOf('connectServer')).toMatchObject([{ server: at(server) }])
  })

  test('which servers may be meant, the rules say', () => {
    const rules = [permit('control', { to: [block('10.0.0.66/32')] })]
    const talk = new Conversation({ ...REDIRECT, rules })
    expect(talk.recordsOf('session.refused')).toMatchObject([
      { reason: 'rule.none', server: `${HOSTS.S}:21` },
    ])
    expect(new Conversation({ ...REDIRECT, rules, server: `${HOSTS.V}:21` }).isClosed).toBe(false)
  })

  test('an original destination says nothing where nobody intercepts', () => {
    const talk = new Conversation()
    const session = sessionId('s2')
    const [client, local] = [at(`${HOSTS.X}:40000`), at(`${HOSTS.P_OUTSIDE}:21`)]
    const original = at(`${HOSTS.V}:21`)
    talk.handle({
      type: 'clientConnected',
      session,
      listener: 'front-door',
      client,
      local,
      original,
    })
    expect(talk.recordsOf('session.open').at(-1)).toMatchObject({
      local: `${HOSTS.P_OUTSIDE}:21`,
      server: `${HOSTS.S}:21`,
    })
  })
})

describe('passive mode', () => {
  test.each<[string, ConversationOptions, string]>([
    ['redirect', REDIRECT, HOSTS.P_INSIDE],
    ['tproxy', TPROXY, HOSTS.C],
    ['NAT', NAT, HOSTS.P_INSIDE],
  ])('%s: nothing is translated, leased or recorded as rewritten', (_, options, from) => {
    for (const [command, reply] of [
      ['PASV', ANNOUNCED],
      ['EPSV', EXTENDED],
    ] as const) {
      const talk = loggedIn(options).client(`${command}\r\n`).server(reply)
      expect(pinholeOf(talk)).toMatchObject({
        peer: HOSTS.C,
        listen: { address: HOSTS.S, port: 40_000 },
        dial: { address: HOSTS.S, port: 40_000 },
        from: { address: from, port: undefined },
      })
      expect(talk.gateway.counts).toMatchObject({ pinholes: 1, leases: 0 })
      expect(talk.recordsOf('rewrite')).toEqual([])
      expect(talk.sentTo('client')).toMatch(
        command === 'PASV' ? /\(10,0,0,20,156,64\)/ : /\|40000\|/,
      )
      talk.client('RETR f\r\n')
      expect(talk.connectData(`${HOSTS.C}:40100`, `${HOSTS.S}:40000`)).toBe('accepted')
      talk.server('150 go\r\n').server('226 done\r\n').endData(900, 100, [4, 4])
      expect(talk.recordsOf('data.close')).toHaveLength(1)
      talk.close('client', 'reset')
      expectNothingLeft(talk)
      expect(talk.doors).toBe(0)
    }
  })

  test('strangers, and other ports of the server, are for nobody', () => {
    const talk = loggedIn(REDIRECT).client('PASV\r\n').server(ANNOUNCED).client('RETR f\r\n')
    expect(talk.connectData(`${HOSTS.X}:40100`, `${HOSTS.S}:40000`)).toBe('refused')
    expect(talk.connectData(`${HOSTS.C}:40100`, `${HOSTS.S}:40001`)).toBe('refused')
    expect(talk.recordsOf('data.refused')).toMatchObject([
      { reason: 'data.foreign-peer', session: 's1' },
      { reason: 'data.extra-peer' },
    ])
  })

  test.each([
    ['(10,0,0,66,156,64)', 'pasv.foreign-address'],
    ['(10,0,0,1,156,64)', 'pasv.foreign-address'],
    ['(10,0,0,20,0,22)', 'pasv.bad-port'],
    ['(127,0,0,1,156,64)', 'pasv.foreign-address'],
  ])('a server that announces %s opens nothing', (announced, reason) => {
    const talk = loggedIn(REDIRECT)
    talk.client('PASV\r\n').server(`227 Entering Passive Mode ${announced}\r\n`)
    expect(talk.reasons).toEqual([reason])
    expect(talk.effectsOf('openPinhole')).toEqual([])
    expect(talk.sentTo('client')).toMatch(/^425 /)
  })
})

describe('active mode', () => {
  const PORT = 'PORT 198,51,100,10,200,21\r\n'

  test('kept, PORT passes as it is, and the server connects to the client', () => {
    const talk = loggedIn(TPROXY).client(PORT)
    expect(talk.sentTo('server')).toBe(PORT)
    expect(talk.recordsOf('rewrite')).toEqual([])
    expect(pinholeOf(talk)).toMatchObject({
      peer: HOSTS.S,
      listen: { address: HOSTS.C, port: 51_221 },
      dial: { address: HOSTS.C, port: 51_221 },
      from: { address: HOSTS.S, port: 20 },
    })
    expect(talk.gateway.counts.leases).toBe(0)
    talk.server('200 ok\r\n').client('RETR f\r\n')
    expect(talk.connectData(`${HOSTS.S}:20`, `${HOSTS.C}:51221`)).toBe('accepted')
    expect(talk.recordsOf('data.open')).toMatchObject([
      { mode: 'active', from: `${HOSTS.S}:20`, to: `${HOSTS.C}:51221` },
    ])
  })

  test('kept, EPRT passes as it is', () => {
    const line = 'EPRT |1|198.51.100.10|51221|\r\n'
    const talk = loggedIn(TPROXY).client(line)
    expect(talk.sentTo('server')).toBe(line)
    expect(talk.recordsOf('rewrite')).toEqual([])
  })

  test.each<[string, ConversationOptions, string, string]>([
    ['redirect', REDIRECT, '10,0,0,1,195,80', `${HOSTS.P_INSIDE}:50000`],
    ['NAT', NAT, '192,0,2,1,195,80', '192.0.2.1:50000'],
  ])('%s: the server is told an address of the gateway', (_, options, told, after) => {
    const talk = loggedIn(options).client(PORT)
    expect(talk.sentTo('server')).toBe(`PORT ${told}\r\n`)
    expect(talk.recordsOf('rewrite')).toMatchObject([
      { form: 'PORT', before: `${HOSTS.C}:51221`, after },
    ])
    expect(pinholeOf(talk)).toMatchObject({
      peer: HOSTS.S,
      listen: { address: HOSTS.P_INSIDE, port: 50_000 },
      dial: { address: HOSTS.C, port: 51_221 },
      from: { address: HOSTS.S, port: 20 },
    })
    talk.server('200 ok\r\n').client('RETR f\r\n')
    expect(talk.connectData(`${HOSTS.S}:20`, `${HOSTS.P_INSIDE}:50000`)).toBe('accepted')
    expect(talk.gateway.counts.leases).toBe(0)
  })

  test.each([
    [`PORT 10,0,0,66,200,21\r\n`, 'port.foreign-address'],
    [`PORT 10,0,0,20,200,21\r\n`, 'port.foreign-address'],
    [`PORT 203,0,113,1,200,21\r\n`, 'port.self'],
    [`PORT 127,0,0,1,200,21\r\n`, 'port.special-address'],
  ])('%j is refused, kept or not', (line, reason) => {
    for (const options of [REDIRECT, TPROXY, NAT])
      expectRejected(loggedIn(options), line, 501, reason)
  })

  test('without PORT the server means the port that the client connected from', () => {
    const options = { ...TPROXY, profile: { defaultDataPort: 'allowed' } } as const
    const talk = loggedIn(options).client('RETR f\r\n')
    expect(pinholeOf(talk)).toMatchObject({
      listen: { address: HOSTS.C, port: 41_000 },
      dial: { address: HOSTS.C, port: 40_000 },
      from: { address: HOSTS.S, port: 20 },
    })
    expect(talk.sentTo('server')).toBe('RETR f\r\n')
  })
})

describe('IPv6', () => {
  const SIX: ConversationOptions = {
    client: '[2001:db8:c::10]:40000',
    server: '[2001:db8:5::20]:21',
    serverLocal: '[2001:db8:10::1]:41000',
  }

  test('intercepted, nothing is translated', () => {
    const talk = loggedIn({ ...SIX, kernel: 'redirect', local: '[2001:db8:203::1]:2121' })
    talk.client('EPSV\r\n').server(EXTENDED)
    expect(pinholeOf(talk)).toMatchObject({
      listen: { address: '2001:db8:5::20', port: 40_000 },
      dial: { address: '2001:db8:5::20', port: 40_000 },
    })
  })

  test('kept, EPRT passes as it is', () => {
    const kept = { kernel: 'tproxy', local: '[::]:2122' } as const
    const talk = loggedIn({ ...SIX, ...kept, listener: { keepClientAddress: true } })
    const line = 'EPRT |2|2001:db8:c::10|51221|\r\n'
    expect(talk.client(line).sentTo('server')).toBe(line)
  })

  test('clients are not hidden', () => {
    const nat = { publicAddress: ip('192.0.2.1') }
    const options = { ...SIX, kernel: 'redirect', local: '[2001:db8:203::1]:2121' } as const
    const talk = loggedIn({ ...options, listener: { nat }, localAddresses: ['192.0.2.1'] })
    expect(talk.effectsOf('connectServer')[0]).not.toHaveProperty('from')
    talk.client('EPRT |2|2001:db8:c::10|51221|\r\n')
    expect(talk.sentTo('server')).toBe('EPRT |2|2001:db8:10::1|50000|\r\n')
  })
})

describe('the static range', () => {
  const listener = { serverPassivePorts: ports('40000-40099') }

  test('intercepted, the client connects to the ports of the server itself', () => {
    const talk = underTls(ESTABLISHED_13, { ...REDIRECT, listener })
    expect(talk.effectsOf('openRange')).toMatchObject([
      {
        range: {
          peer: HOSTS.C,
          listen: { address: HOSTS.S },
          dial: HOSTS.S,
          from: HOSTS.P_INSIDE,
          active: { from: { address: HOSTS.S, port: 20 } },
        },
      },
    ])
    expect(talk.connectData(`${HOSTS.C}:40100`, `${HOSTS.S}:40007`)).toBe('accepted')
    expect(talk.connectData(`${HOSTS.S}:20`, `${HOSTS.C}:51221`)).toBe('accepted')
    expect(talk.connectData(`${HOSTS.C}:40100`, `${HOSTS.S}:40100`)).toBe('refused')
    expect(talk.recordsOf('data.open').map(({ mode }) => mode)).toEqual(['passive', 'active'])
    talk.close('client', 'reset')
    expect(talk.recordsOf('range.close')).toMatchObject([{ connections: 2 }])
    expect(talk.doors).toBe(0)
  })

  test('no server can reach a hidden client at the address that it names', () => {
    const talk = underTls(ESTABLISHED_13, { ...NAT, listener: { ...NAT.listener, ...listener } })
    expect(talk.effectsOf('openRange')).toMatchObject([{ range: { active: undefined } }])
    expect(talk.connectData(`${HOSTS.S}:20`, `${HOSTS.C}:51221`)).toBe('refused')
    expect(underTls(ESTABLISHED_13, NAT).effectsOf('openRange')).toEqual([])
  })
})
