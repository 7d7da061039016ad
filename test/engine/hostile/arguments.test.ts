/**
 * Hostile-peer cases P: the arguments of PORT, EPRT, PASV and EPSV, and the addresses in 227 and
 * 229. Each row says what the server may see: the line in our own words, or nothing.
 */
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { type Conversation, HOSTS } from '../../support/conversation.ts'
import { expectAlive, expectRejected, expectReplaced, loggedIn } from './expectations.ts'

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
  test.each([
    ['P1 a number above 255', '198,51,100,10,256,22'],
    ['P2 an octet above 255', '454,51,100,10,200,21'],
    ['P3 a minus sign', '198,51,100,10,-1,0'],
    ['P3 a minus sign', '198,51,100,10,200,-235'],
    ['P4 a plus sign', '198,51,100,10,+200,21'],
    ['P5 hexadecimal', '198,51,100,10,0xC8,21'],
    ['P5 an exponent', '198,51,100,10,2e2,21'],
    ['P5 a fraction', '198,51,100,10,200.0,21'],
    ['P6 leading zeros', '198,51,100,010,0310,025'],
    ['P7 an empty number', '198,51,100,10,,21'],
    ['P7 empty numbers', '198,51,100,10,,'],
    ['P8 a blank before a number', '198, 51,100,10,200,21'],
    ['P8 a blank behind a number', '198 ,51,100,10,200,21'],
    ['P9 five numbers', '198,51,100,10,200'],
    ['P9 an empty argument', ''],
    ['P10 seven numbers', '198,51,100,10,200,21,1'],
    ['P10 a parenthesis behind', '198,51,100,10,200,21)'],
    ['P10 letters behind', '198,51,100,10,200,21junk'],
    ['P10 a word behind', '198,51,100,10,200,21 x'],
    ['P11 a number that is 200 in 32 bits', '198,51,100,10,4294967496,21'],
    ['P12 a number that is 200 in 64 bits', '198,51,100,10,18446744073709551816,21'],
    ['P13 a long row of zeros', '000000000000198,51,100,10,200,21'],
    ['P13 500 zeros', `${'0'.repeat(500)}198,51,100,10,200,21`],
    ['P14 Arabic digits', Buffer.from('١٩٨,51,100,10,200,21').toString('latin1')],
    ['P15 dots', '198.51.100.10,200,21'],
    ['P15 semicolons', '198;51;100;10;200;21'],
    ['P1 port 0', '198,51,100,10,0,0'],
  ])('%s: PORT %s is refused', (_, argument) => {
    expectRejected(loggedIn(), `PORT ${argument}\r\n`, 501, malformed)
  })

  test('P9 no argument at all', () => {
    expectRejected(loggedIn(), 'PORT\r\n', 501, malformed)
    expectRejected(loggedIn(), 'EPRT\r\n', 501, malformed)
  })

  test('P19 an IPv6 client cannot say PORT', () => {
    expectRejected(loggedInOn6(), 'PORT 198,51,100,10,200,21\r\n', 522, family)
  })
})

describe('EPRT', () => {
  test.each([
    ['P16', '|1|198.51.100.10|65536|'],
    ['P16', '|1|198.51.100.10|65557|'],
    ['P16', '|1|198.51.100.10|70000|'],
    ['P17', '|1|198.51.100.10|0|'],
    ['P17', '|1|198.51.100.10|-1|'],
    ['P17', '|1|198.51.100.10||'],
    ['P18', '|0|198.51.100.10|51221|'],
    ['P18', '|01|198.51.100.10|51221|'],
    ['P18', '|1x|198.51.100.10|51221|'],
    ['P18', '||198.51.100.10|51221|'],
    ['P20', '|1|198,51,100,10|51221|'],
    ['P21', ' 1 198.51.100.10 51221 '],
    ['P21', '1|198.51.100.10|51221|'],
    ['P21', '|1!198.51.100.10!51221!'],
    ['P21', 'a1a198.51.100.10a51221a'],
    ['P21', '.1.198.51.100.10.51221.'],
    ['P21', '11119851001051221'],
    ['P22', '|1|198.51.100.10|51221'],
    ['P22', '|1|198.51.100.10|51221||'],
    ['P22', '|1|198.51.100.10|51221|x'],
    ['P22', '||||'],
    ['P22', '||'],
  ])('%s EPRT %s is malformed', (_, argument) => {
    expectRejected(loggedIn(), `EPRT ${argument}\r\n`, 501, malformed)
  })

  test.each([
    ['P18', '|3|198.51.100.10|51221|'],
    ['P18', '|10|198.51.100.10|51221|'],
    ['P19', '|2|198.51.100.10|51221|'],
    ['P19', '|1|2001:db8::1|51221|'],
    ['P19', '|2|2001:db8::10|51221|'],
  ])('%s EPRT %s over IPv4 is told to use 1', (_, argument) => {
    const talk = loggedIn()
    talk.client(`EPRT ${argument}\r\n`)
    expect(talk.sentTo('client')).toBe('522 Network protocol not supported, use (1)\r\n')
    expect(talk.sentTo('server')).toBe('')
    expect(talk.reasons).toEqual([family])
    expectAlive(talk)
  })

  test('P19 EPRT with an IPv4 address over IPv6 is told to use 2', () => {
    const talk = loggedInOn6()
    talk.client('EPRT |1|198.51.100.10|51221|\r\n')
    expect(talk.sentTo('client')).toBe('522 Network protocol not supported, use (2)\r\n')
    expect(talk.reasons).toEqual([family])
  })

  test.each(['!1!198.51.100.10!51221!', '"1"198.51.100.10"51221"', '~1~198.51.100.10~51221~'])(
    'P21 EPRT %s: another delimiter is taken, and | is sent on',
    (argument) => {
      const talk = loggedIn()
      talk.client(`EPRT ${argument}\r\n`)
      expect(talk.sentTo('server')).toBe('EPRT |1|10.0.0.1|42001|\r\n')
      expect(talk.recordsOf('rewrite')).toMatchObject([{ before: `${HOSTS.C}:51221` }])
    },
  )

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
  test.each([
    ['EPSV', 'EPSV'],
    ['EPSV 1', 'EPSV 1'],
    ['epsv all', 'EPSV ALL'],
    ['EPSV aLl', 'EPSV ALL'],
  ])('P26 %s goes on as %s', (line, sent) => {
    const talk = loggedIn()
    talk.client(`${line}\r\n`)
    expect(talk.sentTo('server')).toBe(`${sent}\r\n`)
  })

  test('P26 the other family is told which to use', () => {
    expectRejected(loggedIn(), 'EPSV 2\r\n', 522, family)
    expectRejected(loggedIn(), 'EPSV 3\r\n', 522, family)
    expectRejected(loggedInOn6(), 'EPSV 1\r\n', 522, family)
    expectRejected(loggedInOn6(), 'PASV\r\n', 522, family)
  })

  test.each([
    'EPSV ALL ',
    'EPSV ALLE',
    'EPSV foo',
    'EPSV 1 2',
    'EPSV 01',
    'EPSV +1',
    'EPSV ',
    'EPSV 1 ',
  ])('P26 %j is refused', (line) => {
    expectRejected(loggedIn(), `${line}\r\n`, 501, 'cmd.argument')
  })

  test.each([
    ['PASV x', 501, 'cmd.argument'],
    ['PASV ', 501, 'cmd.argument'],
    ['PASV\t', 501, 'cmd.control-byte'],
    ['PASVX', 500, 'cmd.syntax'],
    ['PA', 500, 'cmd.syntax'],
  ])('P27 %j is refused', (line, code, reason) => {
    expectRejected(loggedIn(), `${line}\r\n`, code, reason)
  })

  test('P27 PAS is a verb of its own, and no 227 that answers it opens anything', () => {
    const talk = loggedIn()
    talk.client('PAS\r\n')
    expect(talk.takeSentTo('server')).toBe('PAS\r\n')
    talk.server('227 Entering Passive Mode (10,0,0,20,156,64)\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^(?!227)\d{3} /)
    expect(talk.effectsOf('openPinhole')).toEqual([])
    expect(talk.reasons).toEqual(['reply.mismatch'])
    expectAlive(talk)
  })
})

describe('replies', () => {
  test.each([
    'Entering Passive Mode 10,0,0,20,156,64',
    'Entering Passive Mode 10,0,0,20,156,64.',
    'Entering Passive Mode (10,0,0,20,156,64).',
    '=10,0,0,20,156,64',
    'ok (10,0,0,20,156,64) ok',
  ])('P28 227 %s is taken and written anew', (text) => {
    const talk = loggedIn()
    talk.client('PASV\r\n').server(`227 ${text}\r\n`)
    expect(talk.sentTo('client')).toBe('227 Entering Passive Mode (203,0,113,1,195,80)\r\n')
    expect(talk.recordsOf('rewrite')).toMatchObject([{ before: '10.0.0.20:40000' }])
  })

  test.each(['00040001', '040001', '65536', '65558', '0', '-1', '+40001', '4 0001', '0x9c41'])(
    'P29 229 (|||%s|) is replaced',
    (number) => {
      const reply = `229 Entering Extended Passive Mode (|||${number}|)`
      expectReplaced(loggedIn(), 'EPSV', reply, 425, 'pasv.malformed')
    },
  )
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

test.each(['constructor', '__proto__ x', 'toString', 'hasOwnProperty', 'valueOf x'])(
  'P31 %s is no verb',
  (line) => {
    expectRejected(loggedIn(), `${line}\r\n`, 500, 'cmd.syntax')
  },
)
