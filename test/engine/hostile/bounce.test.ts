/** Hostile-peer cases B: PORT and EPRT that point somewhere else (RFC 2577 §3). */
import { describe, expect, test } from 'vitest'
import type { Profile } from '../../../src/engine/rules/ruleset.ts'
import { ip } from '../../../src/net/ip.ts'
import { at, HOSTS } from '../../support/conversation.ts'
import { block, permit } from '../../support/rules.ts'
import { dialled, expectAlive, expectRejected, loggedIn } from './expectations.ts'

const foreign = 'port.foreign-address'
const special = 'port.special-address'

describe('somebody else', () => {
  test('B1 PORT to a third party reaches neither the server nor the third party', () => {
    const talk = loggedIn()
    expectRejected(talk, 'PORT 10,0,0,66,200,21\r\n', 501, foreign)
    const [verdict] = talk.recordsOf('verdict')
    expect(verdict).toMatchObject({
      verdict: 'reject',
      side: 'client',
      verb: 'PORT',
      argument: '10,0,0,66,200,21',
      detail: `peer ${HOSTS.C}`,
    })
  })

  test('B2 EPRT to a third party, in both families', () => {
    expectRejected(loggedIn(), 'EPRT |1|10.0.0.66|51221|\r\n', 501, foreign)
    const six = { client: '[2001:db8::10]:40000', local: '[2001:db8::1]:21' }
    expectRejected(loggedIn(six), 'EPRT |2|2001:db8::66|51221|\r\n', 501, foreign)
  })

  test('B14 addresses are compared as a whole, never by a prefix or suffix', () => {
    const options = {
      client: '10.0.0.1:40000',
      local: '10.0.9.1:21',
      serverLocal: '10.0.9.1:41000',
    }
    expectRejected(loggedIn(options), 'PORT 10,0,0,10,200,21\r\n', 501, foreign)
    expectRejected(loggedIn(options), 'PORT 110,0,0,1,200,21\r\n', 501, foreign)
    expectRejected(loggedIn(options), 'PORT 10,0,0,1,0,200,21\r\n', 501, 'port.malformed')
  })
})

describe('ports', () => {
  test.each(['PORT 198,51,100,10,0,0', 'EPRT |1|198.51.100.10|0|'])('B5 port 0: %s', (line) => {
    expectRejected(loggedIn(), `${line}\r\n`, 501, 'port.malformed')
  })

  test("B6 the list is the profile's", () => {
    const talk = loggedIn({ profile: { deniedPorts: [] } }).client('PORT 198,51,100,10,13,61\r\n')
    expect(talk.sentTo('server')).toBe('PORT 10,0,0,1,164,17\r\n')
    expect(talk.effectsOf('openPinhole').map(({ pinhole }) => pinhole.dial)).toEqual([
      at('198.51.100.10:3389'),
    ])
  })
})

describe('this host and special addresses', () => {
  test.each(['PORT 203,0,113,1,0,21', 'PORT 10,0,0,1,31,144', 'PORT 192,0,2,7,195,80'])(
    "B7 the proxy itself, by any of its host's addresses: %s",
    (line) => {
      expectRejected(loggedIn({ localAddresses: ['192.0.2.7'] }), `${line}\r\n`, 501, 'port.self')
    },
  )

  test('B7 even where the profile lists the whole network', () => {
    const talk = loggedIn({ profile: { thirdParty: [block('203.0.113.0/24')] } })
    expectRejected(talk, 'PORT 203,0,113,1,200,21\r\n', 501, 'port.self')
  })

  test('B7 an address that the host got after the session began', () => {
    const talk = loggedIn({ profile: { thirdParty: [block('192.0.2.0/24')] } })
    talk.handle({ type: 'localAddresses', addresses: [ip('192.0.2.7')] })
    expectRejected(talk, 'PORT 192,0,2,7,200,21\r\n', 501, 'port.self')
    expectRejected(talk, 'PORT 203,0,113,1,200,21\r\n', 501, 'port.self')
  })

  test.each(['PORT 127,0,0,1,200,21', 'PORT 127,255,255,254,200,21'])('B8 loopback: %s', (line) => {
    expectRejected(loggedIn(), `${line}\r\n`, 501, special)
  })

  test('B8 loopback of the other family is first of all the other family', () => {
    expectRejected(loggedIn(), 'EPRT |2|::1|51221|\r\n', 522, 'port.family')
  })

  test('B8 IPv6 loopback', () => {
    const six = { client: '[2001:db8::10]:40000', local: '[2001:db8::1]:21' }
    expectRejected(loggedIn(six), 'EPRT |2|::1|51221|\r\n', 501, special)
  })

  test('B8 a loopback client of a listener on a public address may not name loopback', () => {
    const talk = loggedIn({ client: '127.0.0.1:40000' })
    expectRejected(talk, 'PORT 127,0,0,1,200,21\r\n', 501, special)
  })

  test('B8 behind a loopback listener a client may name itself, and nobody else', () => {
    const options = { client: '127.0.0.1:40000', local: '127.0.0.1:2121' }
    const talk = loggedIn(options).client('PORT 127,0,0,1,200,21\r\n')
    expect(talk.sentTo('server')).toBe('PORT 10,0,0,1,164,17\r\n')
    expectRejected(loggedIn(options), 'PORT 127,0,0,2,200,21\r\n', 501, special)
    expectRejected(loggedIn(options), 'PORT 127,0,0,1,0,22\r\n', 504, 'port.privileged')
  })

  test('B10 the broadcast address of a network is not the client', () => {
    expectRejected(loggedIn(), 'PORT 198,51,100,255,200,21\r\n', 501, foreign)
  })

  test('B11 link-local and the metadata services of clouds', () => {
    expectRejected(loggedIn(), 'PORT 169,254,169,254,0,80\r\n', 501, special)
  })

  test.each([
    '::',
    'ff02::1',
    'fe80::1',
    'fd00:ec2::254',
    '::127.0.0.1',
    '64:ff9b::a00:42',
    '2002:a00:42::1',
  ])('B9 B10 B11 B12 special addresses of IPv6, listed or not: %s', (address) => {
    const six = { client: '[2001:db8::10]:40000', local: '[2001:db8::1]:21' }
    expectRejected(loggedIn(six), `EPRT |2|${address}|51221|\r\n`, 501, special)
    const listed = { ...six, profile: { thirdParty: [block('::/0')] } }
    expectRejected(loggedIn(listed), `EPRT |2|${address}|51221|\r\n`, 501, special)
  })

  test.each(['EPRT |1|::ffff:198.51.100.10|51221|', 'EPRT |2|198.51.100.10|51221|'])(
    'B12 protocol and notation must belong together: %s',
    (line) => {
      expectRejected(loggedIn(), `${line}\r\n`, 522, 'port.family')
    },
  )

  test('B13 a client that a dual-stack socket reports as IPv4-mapped is its IPv4 address', () => {
    const client = `${ip('::ffff:198.51.100.10')}:40000`
    const talk = loggedIn({ client, local: `${ip('::ffff:203.0.113.1')}:21` })
    talk.client('PORT 198,51,100,10,200,21\r\n').server('200 ok\r\n')
    expect(talk.sentTo('server')).toBe('PORT 10,0,0,1,164,17\r\n')
    expect(talk.sentTo('client')).toBe('200 ok\r\n')
  })

  test.each(['fe80::1%eth0', 'fe80::1%25eth0', '::1%x'])('B15 a zone id: %s', (address) => {
    const six = { client: '[2001:db8::10]:40000', local: '[2001:db8::1]:21' }
    expectRejected(loggedIn(six), `EPRT |2|${address}|51221|\r\n`, 501, 'port.malformed')
  })
})

describe('other ways to name a data connection', () => {
  const L = '192.0.2.50'
  const listing = (listed: string): { readonly profile: Partial<Profile> } => ({
    profile: { thirdParty: [block(listed)] },
  })

  test('B19 PORT may name a server that the profile lists, and then that server is dialled', () => {
    const talk = loggedIn(listing(L)).client('PORT 192,0,2,50,200,21\r\n').server('200 ok\r\n')
    talk.client('RETR f\r\n').server('150 go\r\n')
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('accepted')
    expect(dialled(talk)).toEqual([`${L}:51221`])
  })

  test('B19 in active mode only the server itself comes, listed or not', () => {
    const talk = loggedIn(listing(L)).client('PORT 192,0,2,50,200,21\r\n').server('200 ok\r\n')
    expect(talk.connectData(`${L}:20`)).toBe('dropped')
    expect(talk.reasons).toEqual(['data.foreign-peer'])
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('accepted')
  })

  test('B19 a listed server may connect to a passive pinhole; another may not', () => {
    const talk = loggedIn(listing(L))
    talk.client('PASV\r\n').server('227 Entering Passive Mode (10,0,0,20,156,64)\r\n')
    expect(talk.connectData(`${HOSTS.X}:20`)).toBe('dropped')
    expect(talk.connectData(`${L}:20`)).toBe('accepted')
    expect(dialled(talk)).toEqual([`${HOSTS.S}:40000`])
  })

  test('B19 a listed server is still asked for by the rules', () => {
    const rules = [permit('control'), permit('passive-data', { from: [block(HOSTS.C)] })]
    const talk = loggedIn({ ...listing(L), rules })
    talk.client('PASV\r\n').server('227 Entering Passive Mode (10,0,0,20,156,64)\r\n')
    expect(talk.connectData(`${L}:20`)).toBe('dropped')
    expect(talk.reasons).toEqual(['rule.none'])
    expect(talk.connectData(`${HOSTS.C}:40100`)).toBe('accepted')
  })

  test('B19 a 227 may name a listed server, and then that server is dialled', () => {
    const rules = [permit('control'), permit('passive-data', { to: [block(L)] })]
    const talk = loggedIn({ ...listing(L), rules })
    talk.client('PASV\r\n').server('227 Entering Passive Mode (192,0,2,50,156,64)\r\n')
    expect(talk.sentTo('client')).toBe('227 Entering Passive Mode (203,0,113,1,195,80)\r\n')
    expect(talk.connectData(`${HOSTS.C}:40100`)).toBe('accepted')
    expect(dialled(talk)).toEqual([`${L}:40000`])
  })

  test('B20 a list that names nobody permits nobody', () => {
    const talk = loggedIn({ profile: { thirdParty: [] } })
    expectRejected(talk, 'PORT 192,0,2,50,200,21\r\n', 501, foreign)
    talk.client('PASV\r\n').server('227 x (192,0,2,50,156,64)\r\n')
    expect(talk.reasons.at(-1)).toBe('pasv.foreign-address')
    expectAlive(talk)
  })
})
