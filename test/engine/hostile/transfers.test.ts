/** Hostile-peer cases Q17 to Q26, R10 and R28: what surrounds a transfer, and how it ends. */
import { describe, expect, test } from 'vitest'
import { type Conversation, type ConversationOptions, HOSTS } from '../../support/conversation.ts'
import {
  expectAlive,
  expectClosed,
  expectNothingLeft,
  expectRejected,
  loggedIn,
} from './expectations.ts'

const PASSIVE = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'
const C = `${HOSTS.C}:40100`

/** A download is running: 150 was sent, bytes flow. */
function running(options: ConversationOptions = {}): Conversation {
  const talk = loggedIn(options).client('PASV\r\n').server(PASSIVE)
  talk.connectData(C)
  talk.client('RETR f\r\n').server('150 go\r\n')
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  return talk
}

describe('beside a transfer', () => {
  test.each(['PASV', 'PORT 198,51,100,10,200,21', 'EPSV', 'USER u', 'REIN'])(
    'Q17 %s waits for the end of the transfer and leaves it alone',
    (line) => {
      const talk = running().client(`${line}\r\n`)
      expect(talk.sentTo('server')).toBe('')
      expect(talk.effectsOf('closeData')).toEqual([])
      talk.server('226 ok\r\n')
      expect(talk.sentTo('server')).not.toBe('')
      talk.endData(9, 0)
      expect(talk.recordsOf('data.close')).toMatchObject([{ toClientBytes: 9, cause: 'end' }])
    },
  )

  test('Q18 a second transfer waits, and then finds no data connection', () => {
    const talk = running().client('RETR g\r\n')
    expect(talk.sentTo('server')).toBe('')
    talk.server('226 ok\r\n')
    expect(talk.sentTo('server')).toBe('RETR g\r\n')
    talk.server('425 Use PASV first.\r\n')
    expect(talk.sentTo('client')).toBe('226 ok\r\n425 Use PASV first.\r\n')
    expectAlive(talk)
  })

  test.each([
    '425 no connection',
    '426 broken',
    '421 leaving',
    '450 busy',
    '226 done',
    '550 no file',
  ])('Q19 a transfer that nobody connects for: %s', (line) => {
    const talk = loggedIn().client('PASV\r\n').server(PASSIVE).client('RETR f\r\n')
    talk.server('150 go\r\n').takeSentTo('client')
    talk.server(`${line}\r\n`)
    expect(talk.sentTo('client')).toBe(`${line}\r\n`)
    if (line.startsWith('421')) return expectNothingLeft(talk)
    talk.advance(30_000)
    expect(talk.gateway.counts).toMatchObject({ pinholes: 0, leases: 0 })
    expectAlive(talk)
  })

  test('Q19 a connection that comes after the transfer failed is not started for it', () => {
    const talk = loggedIn().client('PASV\r\n').server(PASSIVE).client('RETR f\r\n')
    talk.server('550 no file\r\n')
    expect(talk.connectData(C)).toBe('accepted')
    expect(talk.effectsOf('startData')).toEqual([])
    talk.client('RETR g\r\n')
    expect(talk.recordsOf('data.open')).toMatchObject([{ path: 'g' }])
  })

  test('Q21 the reply to STAT comes before that of the transfer', () => {
    const talk = running().client('STAT\r\n')
    expect(talk.sentTo('server')).toBe('STAT\r\n')
    talk.server('211-so far\r\n 5 bytes\r\n211 end\r\n').server('226 ok\r\n')
    expect(talk.recordsOf('control.reply').slice(-2)).toMatchObject([
      { code: 211, verb: 'STAT', lines: 3 },
      { code: 226, verb: 'RETR' },
    ])
    expectAlive(talk)
  })

  test('Q21 also with another command before it that waits', () => {
    const talk = running().client('PWD\r\nSTAT\r\n').server('211 5 bytes\r\n')
    talk.server('226 ok\r\n').server('257 "/"\r\n')
    expect(talk.recordsOf('control.reply').slice(-3)).toMatchObject([
      { code: 211, verb: 'STAT' },
      { code: 226, verb: 'RETR' },
      { code: 257, verb: 'PWD' },
    ])
    expectAlive(talk)
  })

  test('Q21 QUIT during a transfer: the transfer is finished, then the session ends', () => {
    const talk = running().client('QUIT\r\n').server('221 bye\r\n')
    expect(talk.isClosed).toBe(false)
    expect(talk.effectsOf('close')).toEqual([])
    talk.endData(5, 0).server('226 ok\r\n')
    expect(talk.sentTo('client')).toBe('221 bye\r\n226 ok\r\n')
    expect(talk.records.at(-1)).toMatchObject({ reason: 'quit', toClientBytes: 5 })
    expectNothingLeft(talk)
  })
})

describe('ABOR', () => {
  test('Q20 with nothing to abort', () => {
    const talk = loggedIn().client('ABOR\r\n').server('225 nothing\r\n')
    expect(talk.sentTo('client')).toBe('225 nothing\r\n')
    expectAlive(talk)
  })

  test.each(['PASV\r\n', 'PORT 198,51,100,10,200,21\r\n'])('Q20 after %j', (line) => {
    const talk = loggedIn().client(line)
    talk.server(line === 'PASV\r\n' ? PASSIVE : '200 ok\r\n').client('ABOR\r\n')
    expect(talk.listening).toHaveLength(1)
    talk.server('225 ok\r\n')
    expect(talk.listening).toEqual([])
    expect(talk.recordsOf('pinhole.close')).toMatchObject([{ reason: 'aborted' }])
    talk.takeSentTo('client')
    talk.client('RETR f\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expectAlive(talk)
  })

  test('Q20 a data connection that no transfer used ends', () => {
    const talk = loggedIn().client('PASV\r\n').server(PASSIVE)
    talk.connectData(C)
    talk.client('ABOR\r\n').server('226 closed\r\n')
    expect(talk.effectsOf('closeData')).toHaveLength(1)
    talk.client('RETR f\r\n')
    expect(talk.sentTo('client')).toMatch(/425 [^\r]*\r\n$/)
  })

  test('Q20 in a transfer: 426 for the transfer, 226 for the ABOR', () => {
    const talk = running().client('ABOR\r\n')
    expect(talk.sentTo('server')).toBe('ABOR\r\n')
    talk.server('426 aborted\r\n226 closed\r\n')
    expect(talk.recordsOf('control.reply').slice(-2)).toMatchObject([
      { code: 426, verb: 'RETR' },
      { code: 226, verb: 'ABOR' },
    ])
    expectAlive(talk)
  })

  test('Q20 two replies: the transfer was done before the ABOR came', () => {
    const talk = running().client('ABOR\r\n').server('226 done\r\n225 nothing\r\n')
    expect(talk.reasons).not.toContain('reply.missing')
    expectAlive(talk)
  })

  test.each(['225 nothing', '226 closed', '500 what', '502 no'])(
    'Q20 the second reply may be late: %s',
    (line) => {
      const talk = running().client('ABOR\r\n').server('226 done\r\n').advance(1_999)
      talk.client('NOOP\r\n').server(`${line}\r\n`).server('200 ok\r\n')
      expect(talk.recordsOf('control.reply').slice(-2)).toMatchObject([
        { verb: 'ABOR' },
        { code: 200, verb: 'NOOP' },
      ])
      expect(talk.reasons).not.toContain('reply.missing')
      expectAlive(talk)
    },
  )

  test('Q20 one reply for both: after two seconds the ABOR counts as answered', () => {
    const talk = running().client('ABOR\r\nPASV\r\n').server('226 done\r\n').advance(1_999)
    expect(talk.sentTo('server')).toBe('ABOR\r\n')
    talk.advance(1)
    expect(talk.sentTo('server')).toBe('ABOR\r\nPASV\r\n')
    expect(talk.reasons.at(-1)).toBe('reply.missing')
    talk.server(PASSIVE)
    expect(talk.sentTo('client')).toMatch(/227 Entering Passive Mode \(203,0,113,1,/)
  })

  test('Q20 an answer of ours that waits behind that ABOR is given then', () => {
    const talk = running().client('ABOR\r\nLPSV\r\n').server('226 done\r\n')
    expect(talk.takeSentTo('client')).toBe('226 done\r\n')
    talk.advance(2_000)
    expect(talk.takeSentTo('client')).toMatch(/^502 /)
    expectAlive(talk)
  })

  test('Q20 one reply for both, noticed when a reply comes that cannot be for the ABOR', () => {
    const talk = running().client('ABOR\r\nNOOP\r\n').server('226 done\r\n200 ok\r\n')
    expect(talk.recordsOf('control.reply').at(-1)).toMatchObject({ code: 200, verb: 'NOOP' })
    expect(talk.reasons.at(-1)).toBe('reply.missing')
    talk.advance(2_000)
    expect(talk.reasons.filter((reason) => reason === 'reply.missing')).toHaveLength(1)
    expectAlive(talk)
  })

  test('Q20 two ABORs and two replies in all', () => {
    const talk = running().client('ABOR\r\nABOR\r\n').server('226 done\r\n225 nothing\r\n')
    talk.advance(2_000)
    expect(talk.reasons.at(-1)).toBe('reply.missing')
    expectAlive(talk)
  })

  test('ABOR overtakes what waits for the transfer, which is answered 503 in order', () => {
    const talk = running().client('RETR g\r\nPASV\r\nLPSV\r\nNO\x01OP\r\nNOOP\r\nABOR\r\n')
    // What was not held back had gone before.
    expect(talk.sentTo('server')).toBe('ABOR\r\n')
    talk.server('426 aborted\r\n226 closed\r\n')
    expect(talk.takeSentTo('client')).toMatch(
      /^426 aborted\r\n(?:503 [^\r]*\r\n){3}501 [^\r]*\r\n503 [^\r]*\r\n226 closed\r\n$/,
    )
    expect(talk.recordsOf('verdict').map(({ reason, verb }) => [reason, verb])).toEqual([
      ['cmd.overtaken', 'RETR'],
      ['cmd.overtaken', 'PASV'],
      ['cmd.overtaken', 'LPSV'],
      ['cmd.control-byte', undefined],
      ['cmd.overtaken', 'NOOP'],
    ])
    expectAlive(talk)
  })

  test('ABOR overtakes nothing where no transfer runs', () => {
    const talk = loggedIn().client('PASV\r\nSYST\r\nABOR\r\n').server(PASSIVE)
    expect(talk.sentTo('server')).toBe('PASV\r\nSYST\r\nABOR\r\n')
  })
})

describe('the end', () => {
  test('Q5 421 to PORT', () => {
    const talk = loggedIn().client('PORT 198,51,100,10,200,21\r\n').server('421 Timeout\r\n')
    expect(talk.sentTo('client')).toBe('421 Timeout\r\n')
    expect(talk.connectData(`${HOSTS.S}:20`, '10.0.0.1:42001')).toBe('refused')
    expectNothingLeft(talk)
  })

  test.each([
    'QUIT\r\nPORT 198,51,100,10,200,21\r\n',
    'PASV\r\nQUIT\r\nPORT 198,51,100,10,200,21\r\nNO',
  ])('Q23 nothing behind QUIT is sent, and the session ends with its reply: %j', (lines) => {
    const talk = loggedIn().client(lines)
    if (lines.startsWith('PASV')) talk.server(PASSIVE)
    talk.client('PASV\r\n').client('RETR f\r\n')
    expect(talk.sentTo('server')).toMatch(/^(?:PASV\r\n)?QUIT\r\n$/)
    talk.server('221 bye\r\n')
    expect(talk.sentTo('client')).toMatch(/221 bye\r\n$/)
    expect(talk.recordsOf('verdict')).toMatchObject([
      { verdict: 'note', reason: 'cmd.after-quit', side: 'client' },
    ])
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'quit' }])
    expectNothingLeft(talk)
  })

  test('Q23 a server that closes without a reply to QUIT', () => {
    const talk = loggedIn().client('QUIT\r\n').close('server')
    expect(talk.sentTo('client')).toBe('')
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'quit' }])
    expectNothingLeft(talk)
  })
})

describe('a set-up that came to nothing', () => {
  test('Q25 a refused PORT ends the one before it, on our side and for the next transfer', () => {
    const talk = loggedIn().client('PORT 198,51,100,10,200,21\r\n').server('200 ok\r\n')
    talk.client('PORT 198,51,100,10,999,1\r\n')
    expect(talk.listening).toEqual([])
    talk.takeSentTo('server')
    talk.takeSentTo('client')
    talk.client('RETR f\r\n')
    expect(talk.sentTo('server')).toBe('')
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    talk.client('PORT 198,51,100,10,200,21\r\n').server('200 ok\r\n').client('RETR f\r\n')
    expect(talk.sentTo('server')).toBe('PORT 10,0,0,1,164,18\r\nRETR f\r\n')
  })

  test('Q26 a withheld 227: the next transfer is refused here', () => {
    const talk = loggedIn().client('PASV\r\n').server('227 x (10,0,0,66,156,64)\r\n')
    for (const line of ['RETR f', 'STOR f', 'LIST', 'NLST', 'MLSD', 'APPE f', 'STOU'])
      expectRejected(talk, `${line}\r\n`, 425, 'setup.refused')
  })

  test('R10 a flood of announcements ends the session, and never holds two pinholes', () => {
    const talk = loggedIn()
    for (let count = 0; count < 100 && !talk.isClosed; count++) {
      talk.client('PORT 198,51,100,10,200,21\r\n').server('200 ok\r\n')
      expect(talk.listening.length).toBeLessThanOrEqual(1)
      talk.advance(10)
    }
    expect(talk.effectsOf('openPinhole')).toHaveLength(21)
    expectClosed(talk, 'limit.wasted-pinholes')
  })

  test('R10 the same number in a longer time is no flood', () => {
    const talk = loggedIn()
    for (let count = 0; count < 100; count++) talk.client('PASV\r\n').server(PASSIVE).advance(500)
    expect(talk.effectsOf('openPinhole')).toHaveLength(100)
    expect(talk.gateway.counts).toMatchObject({ pinholes: 1, leases: 1 })
    expectAlive(talk)
  })

  test('R10 announcements that are used are no flood', () => {
    const talk = loggedIn()
    for (let count = 0; count < 100; count++) {
      talk.client('PASV\r\n').server(PASSIVE)
      talk.connectData(C)
      talk.client('LIST\r\n').server('150 go\r\n226 ok\r\n').endData(1, 0)
    }
    expectAlive(talk)
  })
})
