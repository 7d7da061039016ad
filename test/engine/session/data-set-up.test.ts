import { describe, expect, test } from 'vitest'
import { ip } from '../../../src/net/ip.ts'
import { type Conversation, type ConversationOptions, HOSTS } from '../../support/conversation.ts'
import { deny, permit } from '../../support/rules.ts'
import {
  dialled,
  expectAlive,
  expectRejected,
  expectReplaced,
  loggedIn,
} from '../hostile/expectations.ts'

const C6 = '2001:db8:c::10'
const S6 = '2001:db8:5::20'
const client4 = { client: `${HOSTS.C}:40000`, local: `${HOSTS.P_OUTSIDE}:21` }
const client6 = { client: `[${C6}]:40000`, local: '[2001:db8:c::1]:21' }
const server4 = { server: `${HOSTS.S}:21`, serverLocal: `${HOSTS.P_INSIDE}:41000` }
const server6 = { server: `[${S6}]:21`, serverLocal: '[2001:db8:5::1]:41000' }
const four = { ...client4, ...server4 }
const six = { ...client6, ...server6 }
const fourToSix = { ...client4, ...server6 }
const sixToFour = { ...client6, ...server4 }

const PORT = 'PORT 198,51,100,10,200,21'
const EPRT4 = 'EPRT |1|198.51.100.10|51221|'
const EPRT6 = `EPRT |2|${C6}|51221|`
const toldPort = 'PORT 10,0,0,1,164,17'
const toldEprt4 = 'EPRT |1|10.0.0.1|42001|'
const toldEprt6 = 'EPRT |2|2001:db8:5::1|42001|'
const from227 = '227 x (10,0,0,20,156,64)'
const from229 = '229 x (|||40000|)'
const told227 = '227 Entering Passive Mode (203,0,113,1,195,80)'
const told229 = '229 Entering Extended Passive Mode (|||50000|)'

describe('active mode within a network protocol and between two', () => {
  test.each([
    ['IPv4 to IPv4', PORT, toldPort, four],
    ['IPv4 to IPv4', EPRT4, toldEprt4, four],
    ['IPv6 to IPv6', EPRT6, toldEprt6, six],
    ['IPv4 to IPv6', PORT, toldEprt6, fourToSix],
    ['IPv4 to IPv6', EPRT4, toldEprt6, fourToSix],
    ['IPv6 to IPv4', EPRT6, toldPort, sixToFour],
  ])('%s: the client says %s', (_, said, told, options) => {
    const talk = loggedIn(options).client(`${said}\r\n`)
    expect(talk.sentTo('server')).toBe(`${told}\r\n`)
    talk.server('200 ok\r\n')
    expect(talk.sentTo('client')).toBe('200 ok\r\n')
    const server = options.server === server4.server ? HOSTS.S : `[${S6}]`
    expect(talk.connectData(`${server}:20`)).toBe('accepted')
    expect(dialled(talk)).toEqual([
      `${options === four || options === fourToSix ? HOSTS.C : C6}:51221`,
    ])
    const form = said.slice(0, 4)
    const as = told.slice(0, 4)
    const [rewrite] = talk.recordsOf('rewrite')
    expect(rewrite).toMatchObject({ form, ...(as === form ? {} : { as }) })
    expect(rewrite).toHaveProperty('before')
    if (as === form) expect(rewrite).not.toHaveProperty('as')
  })

  test.each([
    ['IPv6', PORT, 'use (2)', six],
    ['IPv6', EPRT4, 'use (2)', sixToFour],
    ['IPv4', EPRT6, 'use (1)', four],
    ['IPv4', EPRT6, 'use (1)', fourToSix],
    ['IPv4', 'EPRT |3|198.51.100.10|51221|', 'use (1)', four],
  ])(
    'an %s client that announces the other protocol is told which to use: %s',
    (_, said, hint, options) => {
      const talk = loggedIn(options)
      expectRejected(talk, `${said}\r\n`, 522, 'port.family')
      talk.client(`${said}\r\n`)
      expect(talk.sentTo('client')).toContain(hint)
    },
  )
})

describe('passive mode within a network protocol and between two', () => {
  test.each([
    ['IPv4 to IPv4', 'PASV', 'PASV', from227, told227, four],
    ['IPv4 to IPv4', 'EPSV', 'EPSV', from229, told229, four],
    ['IPv4 to IPv4', 'EPSV 1', 'EPSV 1', from229, told229, four],
    ['IPv6 to IPv6', 'EPSV', 'EPSV', from229, told229, six],
    ['IPv6 to IPv6', 'EPSV 2', 'EPSV 2', from229, told229, six],
    ['IPv4 to IPv6', 'PASV', 'EPSV', from229, told227, fourToSix],
    ['IPv4 to IPv6', 'EPSV', 'EPSV', from229, told229, fourToSix],
    ['IPv4 to IPv6', 'EPSV 1', 'EPSV', from229, told229, fourToSix],
    ['IPv6 to IPv4', 'EPSV', 'PASV', from227, told229, sixToFour],
    ['IPv6 to IPv4', 'EPSV 2', 'PASV', from227, told229, sixToFour],
  ])('%s: %s is asked as %s', (_, said, asked, answer, told, options) => {
    const talk = loggedIn(options).client(`${said}\r\n`)
    expect(talk.sentTo('server')).toBe(`${asked}\r\n`)
    talk.server(`${answer}\r\n`)
    expect(talk.sentTo('client')).toBe(`${told}\r\n`)
    const client = options.client.replace(':40000', ':40100')
    expect(talk.connectData(client)).toBe('accepted')
    expect(dialled(talk)).toEqual([`${options.server === server4.server ? HOSTS.S : S6}:40000`])
    const form = answer.slice(0, 3)
    const as = told.slice(0, 3)
    expect(talk.recordsOf('rewrite')).toMatchObject([{ form, ...(as === form ? {} : { as }) }])
  })

  test.each([
    ['IPv6', 'PASV', 'use (2)', six],
    ['IPv6', 'EPSV 1', 'use (2)', six],
    ['IPv4', 'EPSV 2', 'use (1)', four],
    ['IPv4', 'EPSV 3', 'use (1)', four],
  ])(
    'an %s client that asks for the other protocol is told which to use: %s',
    (_, said, hint, options) => {
      const talk = loggedIn(options)
      expectRejected(talk, `${said}\r\n`, 522, 'port.family')
      talk.client(`${said}\r\n`)
      expect(talk.sentTo('client')).toContain(hint)
    },
  )

  test.each(['PASV x', 'PASV ', 'EPSV x', 'EPSV 01', 'EPSV ', 'EPSV ALL x'])(
    'an argument that the verb does not take: %j',
    (said) => {
      expectRejected(loggedIn(), `${said}\r\n`, 501, 'cmd.argument')
    },
  )

  test.each([
    ['PASV', from229],
    ['EPSV', from227],
  ])('between protocols the reply must fit what was asked, not what was said', (said, answer) => {
    const options = said === 'PASV' ? fourToSix : sixToFour
    const good = loggedIn(options).client(`${said}\r\n`).server(`${answer}\r\n`)
    expect(good.sentTo('client')).toMatch(said === 'PASV' ? /^227 / : /^229 /)
    const wrong = answer === from229 ? from227 : from229
    expectReplaced(loggedIn(options), said, wrong, 425, 'setup.mismatch')
  })

  test.each([fourToSix, sixToFour])('EPSV ALL is not possible between protocols', (options) => {
    const talk = loggedIn(options)
    expectRejected(talk, 'EPSV ALL\r\n', 504, 'epsv-all.translated')
    talk.client('EPSV\r\n')
    expect(talk.sentTo('server')).toMatch(/^(?:EPSV|PASV)\r\n$/)
  })
})

describe('what the client is told', () => {
  test('the public address, while the pinhole is at the address the client came to', () => {
    const listener = { publicAddress: ip('192.0.2.80') }
    const talk = loggedIn({ listener }).client('PASV\r\n').server(`${from227}\r\n`)
    expect(talk.sentTo('client')).toBe('227 Entering Passive Mode (192,0,2,80,195,80)\r\n')
    expect(talk.listening).toEqual(['203.0.113.1:50000'])
    expect(talk.recordsOf('rewrite')).toMatchObject([{ after: '192.0.2.80:50000' }])
  })

  test('in 229 no address, and the record has our own', () => {
    const listener = { publicAddress: ip('192.0.2.80') }
    const talk = loggedIn({ listener }).client('EPSV\r\n').server(`${from229}\r\n`)
    expect(talk.sentTo('client')).toBe(`${told229}\r\n`)
    expect(talk.recordsOf('rewrite')).toMatchObject([{ after: '203.0.113.1:50000' }])
  })
})

test('a profile without active mode', () => {
  const talk = loggedIn({ profile: { activeMode: 'denied' } })
  for (const line of [PORT, EPRT4, 'PORT 10,0,0,66,200,21'])
    expectRejected(talk, `${line}\r\n`, 502, 'active.denied')
})

describe('the default data port', () => {
  const allowed: ConversationOptions = { profile: { defaultDataPort: 'allowed' } }

  function transfer(talk: Conversation): Conversation {
    return talk.client('RETR f\r\n').server('150 go\r\n')
  }

  test("the server comes to our control connection's port, and the client's is dialled", () => {
    const talk = transfer(loggedIn(allowed))
    expect(talk.sentTo('server')).toBe('RETR f\r\n')
    expect(talk.listening).toEqual([`${HOSTS.P_INSIDE}:41000`])
    expect(talk.connectData(`${HOSTS.X}:20`)).toBe('dropped')
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('accepted')
    expect(dialled(talk)).toEqual([`${HOSTS.C}:40000`])
    expect(talk.recordsOf('data.open')).toMatchObject([{ mode: 'active', path: 'f' }])
    talk.endData(3, 0).server('226 ok\r\n')
    // And once more for the next transfer.
    transfer(talk)
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('accepted')
  })

  test('the transfer is sent when its pinhole is open', () => {
    const talk = loggedIn({ ...allowed, unanswered: ['openPinhole'] }).client('RETR f\r\nNOOP\r\n')
    expect(talk.sentTo('server')).toBe('')
    const [asked] = talk.effectsOf('openPinhole')
    if (asked === undefined) throw new Error('no pinhole was asked for')
    talk.opened(asked.pinhole)
    expect(talk.sentTo('server')).toBe('RETR f\r\nNOOP\r\n')
  })

  test('a port that is not to be had: 425', () => {
    const talk = loggedIn({ ...allowed, unanswered: ['openPinhole'] }).client('RETR f\r\n')
    const [asked] = talk.effectsOf('openPinhole')
    if (asked === undefined) throw new Error('no pinhole was asked for')
    const { session } = talk
    talk.handle({ type: 'pinholeFailed', session, pinhole: asked.pinhole.id, cause: 'EADDRINUSE' })
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expectAlive(talk)
  })

  test('rules are asked as for PORT', () => {
    const rules = [permit('control'), deny('active-data', { name: 'none' })]
    const talk = loggedIn({ ...allowed, rules })
    expectRejected(talk, 'RETR f\r\n', 425, 'rule.denied')
    expectRejected(talk, 'RETR f\r\n', 425, 'rule.denied')
  })

  test('nobody gets one before the login', () => {
    const talk = loggedIn(allowed).client('USER u\r\n').server('331 p\r\n').client('RETR f\r\n')
    expect(talk.effectsOf('openPinhole')).toEqual([])
    talk.server('530 no\r\n')
    expect(talk.sentTo('client')).toMatch(/530 no\r\n$/)
  })

  test.each([
    ['PASV', (talk: Conversation) => talk.client('PASV\r\n').server(`${from227}\r\n`)],
    ['PORT', (talk: Conversation) => talk.client(`${PORT}\r\n`).server('200 ok\r\n')],
  ])('%s has its own', (_, setUp) => {
    const talk = setUp(loggedIn(allowed)).client('RETR f\r\n')
    expect(talk.effectsOf('openPinhole')).toHaveLength(1)
    expect(talk.sentTo('server')).toMatch(/RETR f\r\n$/)
  })

  test.each([
    ['the profile denies it', {}],
    ['active mode is denied', { profile: { ...allowed.profile, activeMode: 'denied' } }],
  ] as const)('the transfer goes as it is where %s', (_, options) => {
    const talk = loggedIn(options).client('RETR f\r\n').server('425 Use PASV.\r\n')
    expect(talk.effectsOf('openPinhole')).toEqual([])
    expect(talk.sentTo('server')).toBe('RETR f\r\n')
    expect(talk.sentTo('client')).toBe('425 Use PASV.\r\n')
  })
})
