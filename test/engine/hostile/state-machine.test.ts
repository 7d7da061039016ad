/** Hostile-peer cases Q: commands and replies out of order, too many, too few. */
import { describe, expect, test } from 'vitest'
import { Conversation, HOSTS } from '../../support/conversation.ts'
import { expectAlive, expectRejected, loggedIn } from './expectations.ts'

const PORT = 'PORT 198,51,100,10,200,21\r\n'
const PASSIVE = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'

describe('login', () => {
  test.each([
    ['Q1', PORT],
    ['Q1', 'EPRT |1|198.51.100.10|51221|\r\n'],
    ['Q2', 'PASV\r\n'],
    ['Q2', 'EPSV\r\n'],
    ['Q2', 'EPSV ALL\r\n'],
  ])('%s a set-up before the login: %j', (_, line) => {
    const talk = new Conversation().server('220 x\r\n')
    expectRejected(talk, line, 530, 'login.required')
    talk.client('USER u\r\n').server('331 p\r\n')
    expectRejected(talk, line, 530, 'login.required')
  })

  test('Q1 set-ups before the login do not stand in the way of one after it', () => {
    const talk = new Conversation({ profile: { defaultDataPort: 'allowed' } }).server('220 x\r\n')
    expectRejected(talk, PORT, 530, 'login.required')
    talk.client('USER u\r\n').server('230 in\r\n').client('RETR f\r\n')
    expect(talk.sentTo('server')).toBe('USER u\r\nRETR f\r\n')
  })

  test('Q13 a new USER ends the login and what was set up, whatever comes of it', () => {
    const talk = loggedIn().client('PASV\r\n').server(PASSIVE).client('USER other\r\n')
    expect(talk.listening).toEqual([])
    expect(talk.recordsOf('pinhole.close')).toMatchObject([{ reason: 'aborted' }])
    talk.server('530 no\r\n').effects.length = 0
    expectRejected(talk, PORT, 530, 'login.required')
    talk.client('USER u\r\n').server('331 p\r\n').client('PASS p\r\n').server('230 in\r\n')
    talk.takeSentTo('server')
    talk.client(PORT)
    expect(talk.sentTo('server')).toBe('PORT 10,0,0,1,164,18\r\n')
  })

  test('Q13 USER ends a data connection that no transfer used', () => {
    const talk = loggedIn().client('PASV\r\n').server(PASSIVE)
    talk.connectData(`${HOSTS.C}:40100`)
    talk.client('USER other\r\n')
    expect(talk.effectsOf('closeData')).toHaveLength(1)
    talk.server('230 in\r\n').takeSentTo('client')
    talk.client('RETR f\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
  })

  test('Q13 REIN resets everything', () => {
    const talk = loggedIn().client('EPSV ALL\r\n').server('200 ok\r\n')
    talk.client('EPSV\r\n').server('229 ok (|||40000|)\r\n').client('REIN\r\n')
    expect(talk.listening).toEqual([])
    talk.server('220 ready\r\n').effects.length = 0
    expectRejected(talk, 'PASV\r\n', 530, 'login.required')
    talk.client('USER u\r\n').server('230 in\r\n').client('PASV\r\n').server(PASSIVE)
    expect(talk.sentTo('client')).toContain('227 Entering Passive Mode (203,0,113,1,')
  })

  test('Q13 a REIN that the server refuses changes nothing but what was set up', () => {
    const talk = loggedIn().client('EPSV ALL\r\n').server('200 ok\r\n')
    talk.client('EPSV\r\n').server('229 ok (|||40000|)\r\n')
    talk.client('REIN\r\n').server('502 no\r\n')
    expect(talk.listening).toEqual([])
    talk.takeSentTo('client')
    talk.client('RETR f\r\n').client('PASV\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^425 [^\r]*\r\n503 [^\r]*\r\n$/)
    talk.client('EPSV\r\n').server('229 ok (|||40000|)\r\n')
    expect(talk.sentTo('client')).toMatch(/^229 /)
  })

  test('Q13 EPSV ALL outlives a new USER', () => {
    const talk = loggedIn().client('EPSV ALL\r\n').server('200 ok\r\n')
    talk.client('USER other\r\n').server('230 in\r\n')
    expectRejected(talk, 'PASV\r\n', 503, 'epsv-all')
  })

  test.each([
    ['230', ['USER u'], ['230 in']],
    ['232', ['USER u'], ['232 in']],
    ['PASS', ['USER u', 'PASS p'], ['331 p', '230 in']],
    ['ACCT', ['USER u', 'PASS p', 'ACCT a'], ['331 p', '332 a', '230 in']],
  ])('Q14 Q15 logged in by %s', (_, commands, replies) => {
    const talk = new Conversation().server('220 x\r\n')
    for (const [index, command] of commands.entries()) {
      expectRejected(talk, PORT, 530, 'login.required')
      talk.client(`${command}\r\n`).server(`${replies[index]}\r\n`)
    }
    talk.takeSentTo('server')
    talk.client(PORT)
    expect(talk.sentTo('server')).toBe('PORT 10,0,0,1,164,17\r\n')
  })

  test('Q14 a 230 to anything else logs nobody in', () => {
    const talk = new Conversation().server('220 x\r\n').client('NOOP\r\n').server('230 in\r\n')
    expect(talk.takeSentTo('client')).toBe('220 x\r\n230 in\r\n')
    expectRejected(talk, PORT, 530, 'login.required')
  })

  test('Q15 the argument of ACCT is in no record', () => {
    const talk = new Conversation().server('220 x\r\n').client('USER u\r\n').server('331 p\r\n')
    talk
      .client('PASS s3cr3t\r\n')
      .server('332 a\r\n')
      .client('ACCT s3cr3t\r\n')
      .server('230 in\r\n')
    expect(talk.sentTo('server')).toBe('USER u\r\nPASS s3cr3t\r\nACCT s3cr3t\r\n')
    expect(JSON.stringify(talk.records)).not.toContain('s3cr3t')
  })
})

describe('replies nobody asked for', () => {
  test.each(['NOOP', 'SITE PASV', 'XYZ', 'HELP', 'USER x', 'REIN', 'QUIT', 'RETR f', 'STAT'])(
    'Q3 a 227 or 229 to %s is replaced',
    (command) => {
      for (const line of ['227 x (10,0,0,20,0,22)', '229 x (|||40001|)']) {
        const talk = loggedIn().client(`${command}\r\n`).server(`${line}\r\n`)
        expect(talk.sentTo('client')).toMatch(/^500 [^\r\n]*\r\n$/)
        expect(talk.recordsOf('verdict')).toMatchObject([{ reason: 'reply.mismatch' }])
        expect(talk.effectsOf('openPinhole')).toEqual([])
        expect(talk.isClosed).toBe(command === 'QUIT')
      }
    },
  )

  test.each([228, 234, 235, 334, 335, 600, 631, 699])(
    'Q3 a %i to a command that cannot have it is replaced',
    (code) => {
      const talk = loggedIn().client('NOOP\r\n').server(`${code} x\r\n`)
      expect(talk.takeSentTo('client')).toMatch(/^500 /)
      expectAlive(talk)
    },
  )

  test('Q3 a multi-line reply with a reserved code is withheld as a whole', () => {
    const talk = loggedIn().client('FEAT\r\n').server('227-a\r\n b\r\n227 x (10,0,0,20,0,22)\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^500 [^\r\n]*\r\n$/)
    expectAlive(talk)
  })

  test('Q3 a transfer that was answered so is over', () => {
    const talk = loggedIn().client('PASV\r\n').server(PASSIVE)
    talk.connectData(`${HOSTS.C}:40100`)
    talk.client('RETR f\r\n').server('227 x (10,0,0,20,0,22)\r\n')
    talk.client('PASV\r\n').server(PASSIVE)
    expect(talk.sentTo('client')).toMatch(/500 [^\r]*\r\n227 Entering Passive Mode \(203,0,113,1,/)
  })

  test('Q7 one reply short: the late one is for the command before', () => {
    const talk = loggedIn().client('NOOP\r\n').client('PASV\r\n')
    expect(talk.sentTo('server')).toBe('NOOP\r\n')
    talk.server('200 noop\r\n')
    expect(talk.sentTo('server')).toBe('NOOP\r\nPASV\r\n')
    talk.server(PASSIVE)
    expect(talk.sentTo('client')).toBe(
      '200 noop\r\n227 Entering Passive Mode (203,0,113,1,195,80)\r\n',
    )
  })

  test('Q8 the 200 of a NOOP does not open the pinhole of the PORT behind it', () => {
    const talk = loggedIn().client(`NOOP\r\n${PORT}`)
    expect(talk.sentTo('server')).toBe('NOOP\r\n')
    talk.server('200 NOOP ok\r\n')
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('accepted')
    talk.server('500 Illegal PORT\r\n')
    expect(talk.effectsOf('dialData')).toEqual([])
    expect(talk.effectsOf('dropData')).toHaveLength(1)
    expect(talk.listening).toEqual([])
    expect(talk.sentTo('client')).toBe('200 NOOP ok\r\n500 Illegal PORT\r\n')
  })
})

describe('replies out of place', () => {
  test('Q4 a pinhole for PORT carries nothing before the 200, whoever comes', () => {
    const talk = loggedIn().client(PORT).advance(10_000)
    expect(talk.connectData(`${HOSTS.X}:20`)).toBe('dropped')
    expect(talk.connectData(`${HOSTS.S}:20`)).toBe('accepted')
    expect(talk.reasons).toEqual(['data.foreign-peer', 'data.early'])
    expect(talk.effectsOf('dialData')).toEqual([])
    talk.server('500 no\r\n')
    expect(talk.effectsOf('dialData')).toEqual([])
    expect(talk.effectsOf('dropData')).toHaveLength(2)
    expect(talk.connectData(`${HOSTS.S}:20`, '10.0.0.1:42001')).toBe('refused')
  })

  test('Q16 codes of plain commands are not judged, only counted', () => {
    const talk = loggedIn().client('RNFR a\r\nRNTO b\r\nREST 5\r\nPWD\r\n')
    talk.server('550 no\r\n350 go\r\n250 done\r\n200 strange\r\n')
    expect(talk.sentTo('client')).toBe('550 no\r\n350 go\r\n250 done\r\n200 strange\r\n')
    expect(talk.recordsOf('control.reply').slice(-4)).toMatchObject([
      { code: 550, verb: 'RNFR' },
      { code: 350, verb: 'RNTO' },
      { code: 250, verb: 'REST' },
      { code: 200, verb: 'PWD' },
    ])
    expectAlive(talk)
  })
})

describe('pipelining', () => {
  test('Q9 the second PASV is sent when the first is answered, and ends it', () => {
    const talk = loggedIn().client('PASV\r\nPASV\r\n')
    expect(talk.sentTo('server')).toBe('PASV\r\n')
    talk.server(PASSIVE)
    expect(talk.sentTo('server')).toBe('PASV\r\nPASV\r\n')
    expect(talk.listening).toEqual([])
    talk.server('227 Entering Passive Mode (10,0,0,20,156,65)\r\n')
    expect(talk.listening).toEqual(['203.0.113.1:50001'])
    expect(talk.gateway.counts.pinholes).toBe(1)
  })

  test.each(['USER u', 'PASS p', 'ACCT a', 'REIN', 'PASV', 'EPSV', 'PORT 198,51,100,10,200,21'])(
    'Q9 %s is sent alone: after every reply before it, and nothing follows before its own',
    (line) => {
      const talk = loggedIn().client('NOOP\r\nSYST\r\n').client(`${line}\r\nNOOP\r\nSYST\r\n`)
      expect(talk.takeSentTo('server')).toBe('NOOP\r\nSYST\r\n')
      talk.server('200 ok\r\n')
      expect(talk.sentTo('server')).toBe('')
      talk.server('215 UNIX\r\n')
      expect(talk.takeSentTo('server')).toMatch(/^[^\r]*\r\n$/)
      talk.server('500 no\r\n')
      expect(talk.sentTo('server')).toBe('NOOP\r\nSYST\r\n')
    },
  )

  test('Q10 answers of ours and of the server come in the order of the commands', () => {
    const talk = loggedIn().client('NOOP\r\nPORT 10,0,0,66,0,22\r\nLPSV\r\nNOOP\r\n').advance(200)
    expect(talk.sentTo('client')).toBe('')
    talk.server('200 one\r\n').server('200 two\r\n')
    expect(talk.sentTo('client')).toMatch(/^200 one\r\n501 [^\r]*\r\n502 [^\r]*\r\n200 two\r\n$/)
  })

  test('Q11 a client that runs ahead is not read, and nothing is lost', () => {
    const talk = loggedIn()
    const lines = Array.from({ length: 10_000 }, (_, index) => `NOOP ${index}\r\n`)
    talk.client(lines.join(''))
    expect(talk.sentTo('server')).toBe(lines.slice(0, 20).join(''))
    expect(talk.effectsOf('pause')).toMatchObject([{ side: 'client' }])
    for (const _ of lines) talk.server('200 ok\r\n')
    expect(talk.sentTo('server')).toBe(lines.join(''))
    expect(talk.sentTo('client')).toBe('200 ok\r\n'.repeat(10_000))
    expect(talk.effectsOf('resume')).toMatchObject([{ side: 'client' }])
    expectRejected(talk, 'PORT 10,0,0,66,0,22\r\n', 501, 'port.foreign-address')
  })

  test('Q27 refused commands are answered here; no NOOP is made up for the server', () => {
    const talk = loggedIn()
    for (let count = 0; count < 200; count++) talk.client('PORT 198,51,100,10,0,25\r\n')
    expect(talk.sentTo('server')).toBe('')
    expect(talk.sentTo('client').match(/504 /g)).toHaveLength(200)
    expectAlive(talk)
  })
})

describe('EPSV ALL', () => {
  const others = ['PASV\r\n', PORT, 'EPRT |1|198.51.100.10|51221|\r\n']

  test.each([200, 220])('Q12 after %i only EPSV may set up data connections', (code) => {
    const talk = loggedIn().client('EPSV ALL\r\n').server(`${code} ok\r\n`)
    expect(talk.takeSentTo('server')).toBe('EPSV ALL\r\n')
    for (const line of others) expectRejected(talk, line, 503, 'epsv-all')
    expectRejected(talk, 'LPRT 4,4,10,0,0,66,2,200,21\r\n', 502, 'cmd.denied')
    talk.client('EPSV\r\n').server('229 ok (|||40000|)\r\n')
    expect(talk.sentTo('client')).toBe('229 Entering Extended Passive Mode (|||50000|)\r\n')
  })

  test('Q12 a refusal by the server changes nothing', () => {
    const talk = loggedIn().client('EPSV ALL\r\n').server('500 no\r\n')
    expect(talk.takeSentTo('client')).toBe('500 no\r\n')
    talk.client('PASV\r\n').server(PASSIVE)
    expect(talk.sentTo('client')).toMatch(/^227 /)
  })

  test.each(['229 ok (|||40000|)', '227 x (10,0,0,20,156,64)', '150 go', '334 x'])(
    'Q12 EPSV ALL sets nothing up, so no reply to it does: %s',
    (line) => {
      const talk = loggedIn().client('EPSV ALL\r\n').server(`${line}\r\n`)
      expect(talk.takeSentTo('client')).toMatch(/^425 /)
      talk.client('PASV\r\n').server(PASSIVE)
      expect(talk.sentTo('client')).toMatch(/^227 Entering Passive Mode \(203,0,113,1,/)
    },
  )

  test('M17 Q12 after EPSV ALL a 227 to EPSV is none', () => {
    const talk = loggedIn().client('EPSV ALL\r\n').server('200 ok\r\n').client('EPSV\r\n')
    talk.takeSentTo('client')
    talk.server(PASSIVE)
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expectAlive(talk)
  })

  test('Q12 after EPSV ALL there is no default data port either', () => {
    const talk = loggedIn({ profile: { defaultDataPort: 'allowed' } })
    talk.client('EPSV ALL\r\n').server('200 ok\r\n')
    talk.client('EPSV\r\n').server('229 ok (|||40000|)\r\n')
    talk.connectData(`${HOSTS.C}:40100`)
    talk.client('RETR f\r\n').server('150 go\r\n226 ok\r\n').endData(1, 0)
    talk.client('RETR g\r\n')
    expect(talk.sentTo('server')).toMatch(/RETR g\r\n$/)
    expect(talk.effectsOf('openPinhole')).toHaveLength(1)
  })
})
