/**
 * Hostile-peer cases P: the arguments of PORT, EPRT, PASV and EPSV, and the addresses in 227 and
 * 229. Each row says what the server may see: the line in our own words, or nothing.
 */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { type Conversation, HOSTS } from '../../support/conversation.ts'
import { expectRejected, loggedIn } from './expectations.ts'

// Thousands of inputs; a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 })

const malformed = 'port.malformed'
const family = 'port.family'

function loggedInOn6(): Conversation {
  return loggedIn({
    client: '[2001:db8::10]:40000',
    local: '[2001:db8:203::1]:21',
    server: '[2001:db8:2::20]:21',
    serverLocal: '[2001:db8:10::1]:41000',
  })
}

describe('PORT', () => {
  test('P19 an IPv6 client cannot say PORT', () => {
    expectRejected(loggedInOn6(), 'PORT 198,51,100,10,200,21\r\n', 522, family)
  })
})

describe('EPRT', () => {
  test('P19 EPRT with an IPv4 address over IPv6 is told to use 2', () => {
    const talk = loggedInOn6()
    talk.client('EPRT |1|198.51.100.10|51221|\r\n')
    expect(talk.sentTo('client')).toBe('522 Network protocol not supported, use (2)\r\n')
    expect(talk.reasons).toEqual([family])
  })

  test.each(['2001:db8::10', '2001:0DB8:0:0::0010', '2001:DB8:0:0:0:0:0.0.0.16'])(
    'P23 EPRT with the client’s own address written as %s',
    (address) => {
      const talk = loggedInOn6()
      talk.client(`EPRT |2|${address}|51221|\r\n`)
      expect(talk.sentTo('server')).toBe('EPRT |2|2001:db8:10::1|42001|\r\n')
      expect(talk.recordsOf('rewrite')).toMatchObject([{ before: '[2001:db8::10]:51221' }])
    },
  )

  test.each([
    ['P24', '1::2::3'],
    ['P24', ':::'],
    ['P24', '1:2:3:4:5:6:7:8:9'],
    ['P24', '12345::'],
    ['P24', '::ffff:1.2.3.256'],
    ['P24', `2001:db8::${'0'.repeat(200)}`],
    ['P25', '[2001:db8::10]'],
    ['P25', '2001:db8::10/64'],
    ['P25', '2001:db8::10%eth0'],
  ])('%s EPRT |2|%s|51221| is malformed', (_, address) => {
    expectRejected(loggedInOn6(), `EPRT |2|${address}|51221|\r\n`, 501, malformed)
  })
})

describe('PASV and EPSV', () => {
  test('P26 the other family is told which to use', () => {
    expectRejected(loggedIn(), 'EPSV 2\r\n', 522, family)
    expectRejected(loggedIn(), 'EPSV 3\r\n', 522, family)
    expectRejected(loggedInOn6(), 'EPSV 1\r\n', 522, family)
    expectRejected(loggedInOn6(), 'PASV\r\n', 522, family)
  })
})

describe('any address', () => {
  const octet = fc.integer({ min: 0, max: 255 })

  test('P30 any port of the client’s own address reaches the server as a port of ours', () => {
    fc.assert(
      fc.property(octet, octet, fc.boolean(), (high, low, isExtended) => {
        const number = high * 256 + low
        const talk = loggedIn()
        talk.client(
          isExtended
            ? `EPRT |1|${HOSTS.C}|${number}|\r\n`
            : `PORT 198,51,100,10,${high},${low}\r\n`,
        )
        const [rewrite] = talk.recordsOf('rewrite')
        if (rewrite === undefined) expect(talk.sentTo('client')).toMatch(/^50[14] /)
        else expect(rewrite.before).toBe(`${HOSTS.C}:${number}`)
        expect(rewrite === undefined).toBe(talk.sentTo('server') === '')
      }),
      { numRuns: 300 },
    )
  })

  test('P30 no other address ever reaches the server or a data connection', () => {
    fc.assert(
      fc.property(fc.tuple(octet, octet, octet, octet, octet, octet), (numbers) => {
        fc.pre(numbers.slice(0, 4).join('.') !== HOSTS.C)
        const talk = loggedIn()
        talk.client(`PORT ${numbers.join(',')}\r\n`)
        expect(talk.sentTo('server')).toBe('')
        expect(talk.effectsOf('openPinhole')).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})
