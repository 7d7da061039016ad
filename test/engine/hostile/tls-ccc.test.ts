/** Hostile-peer cases T15 to T22 and R27: back to clear text with CCC, and what holds then. */
import { describe, expect, test } from 'vitest'
import { Conversation, HOSTS } from '../../support/conversation.ts'
import {
  afterCcc,
  RANGE_OPTIONS,
  recordedCcc,
  saidBy,
  text,
  underTls,
  VERSIONS,
  withoutCloseNotify,
} from '../../support/tls-dialogue.ts'
import { applicationData } from '../tls/support/hello-bytes.ts'
import { ESTABLISHED_12, ESTABLISHED_13 } from '../tls/support/hand-made.ts'
import { thenClear } from '../tls/support/recording.ts'
import { expectAlive, expectClosed, expectClosedSilently, expectRejected } from './expectations.ts'

const PASSIVE = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'
const TOLD = '227 Entering Passive Mode (203,0,113,1,195,80)\r\n'

describe.each(VERSIONS)('CCC under %s', (version) => {
  test.each([
    ['T15', 'after close_notify of both', false, false],
    ['T15', 'in the segment of the last record', false, true],
    ['T17', 'without close_notify of the client', true, false],
  ])('%s PASV is the first clear command: %s', async (_, __, isSilent, isJoined) => {
    const whole = await recordedCcc(version)
    const said = isSilent ? withoutCloseNotify(whole) : whole
    const talk = underTls(isJoined ? thenClear(said, 'client', 'PASV\r\n') : said)
    if (!isJoined) talk.client('PASV\r\n')
    expect(talk.sentTo('server')).toBe(`${saidBy(said, 'client')}PASV\r\n`)
    expect(talk.sentTo('client')).toBe(saidBy(said, 'server'))
    expect(talk.ranges).toHaveLength(1)
    talk.server(PASSIVE)
    expect(talk.sentTo('client')).toBe(`${saidBy(said, 'server')}${TOLD}`)
    expect(talk.ranges).toEqual([])
    expect(talk.connectData(`${HOSTS.C}:40100`)).toBe('accepted')
    const clear = talk.recordsOf('channel.clear')
    expect(clear.map(({ side }) => side)).toEqual(['client', 'server'])
    expect(clear[1]?.closeNotify).toBe(true)
    if (!isSilent) expect(clear[0]?.closeNotify).toBe(true)
    expectAlive(talk)
  })

  test('T15 the reply in the segment of the server’s last record', async () => {
    const said = await recordedCcc(version)
    const last = said.findLastIndex((chunk) => chunk.side === 'server')
    const talk = underTls(said.toSpliced(last, 1)).client('PASV\r\n')
    const end = said[last]?.bytes ?? new Uint8Array(0)
    talk.server(Buffer.concat([end, Buffer.from(PASSIVE)]))
    expect(talk.sentTo('client')).toBe(`${saidBy(said, 'server')}${TOLD}`)
    expect(talk.listening).toHaveLength(1)
  })

  test.each([
    [
      'EPSV\r\n',
      'EPSV\r\n',
      '229 x (|||40000|)\r\n',
      '229 Entering Extended Passive Mode (|||50000|)',
    ],
    ['PORT 198,51,100,10,200,21\r\n', 'PORT 10,0,0,1,164,17\r\n', '200 ok\r\n', '200 ok'],
    ['EPRT |1|198.51.100.10|51221|\r\n', 'EPRT |1|10.0.0.1|42001|\r\n', '200 ok\r\n', '200 ok'],
  ])('T15 the first clear command: %j', async (line, sent, reply, told) => {
    const said = await recordedCcc(version)
    const talk = underTls(said).client(line)
    expect(talk.sentTo('server')).toBe(`${saidBy(said, 'client')}${sent}`)
    talk.server(reply)
    expect(talk.sentTo('client')).toBe(`${saidBy(said, 'server')}${told}\r\n`)
    expect(talk.listening).toHaveLength(1)
  })

  test('T20 the profile forbids clear text after TLS', async () => {
    const said = await recordedCcc(version)
    const profile = { clearCommandChannel: 'forbidden' } as const
    const talk = underTls(said, { ...RANGE_OPTIONS, profile }).client('PASV\r\n')
    expect(talk.sentTo('server')).toBe(saidBy(said, 'client'))
    expectClosedSilently(talk, 'ccc.forbidden')
  })

  test('T16 the server goes clear first', async () => {
    const said = await recordedCcc(version)
    const talk = underTls(said).server(PASSIVE)
    expect(talk.sentTo('client')).toBe(saidBy(said, 'server'))
    expect(talk.effectsOf('openPinhole')).toEqual([])
    expectClosedSilently(talk, 'ccc.asymmetric')
  })
})

describe('one side only', () => {
  test('T16 a server that goes on with TLS: bytes', async () => {
    const talk = underTls(await recordedCcc('TLSv1.3')).client('PASV\r\n')
    talk.server(applicationData(8000)).server(applicationData(8000))
    expect(talk.isClosed).toBe(false)
    talk.takeSentTo('client')
    talk.server(applicationData(8000))
    expect(talk.sentTo('client')).toBe('')
    expectClosedSilently(talk, 'ccc.asymmetric')
  })

  test('T16 a server that was asked nothing in clear may take its time', async () => {
    const talk = underTls(await recordedCcc('TLSv1.3'))
      .client('PBSZ 0\r\n')
      .advance(45_000)
    expect(talk.isClosed).toBe(false)
    talk.client('PASV\r\n')
    expectClosedSilently(talk.advance(30_000), 'timeout.clearing')
  })

  test('T16 a server that goes on with TLS: time', async () => {
    const talk = underTls(await recordedCcc('TLSv1.3'))
      .client('PASV\r\n')
      .advance(29_999)
    expect(talk.isClosed).toBe(false)
    expectClosedSilently(talk.advance(1), 'timeout.clearing')
  })

  test('T16 a server that went clear has all the time it likes', async () => {
    const talk = await afterCcc()
    expectAlive(talk.advance(60_000))
  })

  test.each([
    ['TLS 1.2', ESTABLISHED_12],
    ['TLS 1.3', ESTABLISHED_13],
  ])('T15 clear text that nobody can have asked for: %s', (_, said) => {
    const talk = underTls([...said, text('client', 'PASV\r\n')])
    expect(talk.sentTo('server')).toBe(saidBy(said, 'client'))
    expectClosedSilently(talk, 'ccc.unasked')
  })

  test.each(['\x17\x03\x03\x00\x20', '\x16\x03\x01\x00\x05', '\x15\x03\x03\x00\x1a'])(
    'T18 records of the client after its first clear line: %j',
    async (bytes) => {
      const talk = (await afterCcc()).client(bytes)
      expect(talk.sentTo('server')).toBe('')
      expectClosed(talk, 'ccc.mixed')
    },
  )

  test('T18 also while the server has not gone clear', async () => {
    const talk = underTls(await recordedCcc('TLSv1.3')).client('NOOP\r\n\x17\x03\x03')
    expectClosedSilently(talk, 'ccc.mixed')
  })

  test('T18 records of the server after its first clear line', async () => {
    const talk = (await afterCcc()).client('NOOP\r\n').server('\x17\x03\x03\x00\x20')
    expect(talk.sentTo('client')).toMatch(/^421 /)
    expectClosed(talk, 'ccc.mixed')
  })
})

describe('what holds after CCC', () => {
  test('T19 AUTH again', async () => {
    expectRejected(await afterCcc(), 'AUTH TLS\r\n', 534, 'auth.after-ccc')
  })

  test('T19 AUTH as the very first clear command, also where it is allowed later', async () => {
    for (const authAfterCcc of ['denied', 'allowed'] as const) {
      const said = await recordedCcc('TLSv1.3')
      const talk = underTls(said, { ...RANGE_OPTIONS, profile: { authAfterCcc } })
      talk.takeSentTo('client')
      talk.client('AUTH TLS\r\n')
      expect(talk.takeSentTo('client')).toMatch(/^534 /)
      expect(talk.reasons).toEqual(['auth.after-ccc'])
      expectAlive(talk)
    }
  })

  test('R27 T19 where it is allowed, two cycles and no more', async () => {
    const options = { ...RANGE_OPTIONS, profile: { authAfterCcc: 'allowed' } } as const
    const talk = await afterCcc(options)
    talk.client('AUTH TLS\r\n')
    expect(talk.takeSentTo('server')).toBe('AUTH TLS\r\n')
    talk.server('234 ok\r\n')
    for (const { side, bytes } of await recordedCcc('TLSv1.2')) talk[side](bytes)
    expect(talk.ranges).toEqual([`${HOSTS.C} ${HOSTS.P_OUTSIDE} 40000-40099`])
    talk.client('NOOP\r\n').server('200 ok\r\n')
    expect(talk.ranges).toEqual([])
    expectRejected(talk, 'AUTH TLS\r\n', 534, 'auth.after-ccc')
    expect(talk.recordsOf('channel.opaque').map(({ version }) => version)).toEqual([
      'TLS 1.3',
      'TLS 1.2',
    ])
  })

  test('T19 a second AUTH has every check of the first', async () => {
    const options = { ...RANGE_OPTIONS, profile: { authAfterCcc: 'allowed' } } as const
    const pipelined = (await afterCcc(options)).client('AUTH TLS\r\nUSER u\r\n')
    expect(pipelined.sentTo('server')).toBe('AUTH TLS\r\n')
    expectClosed(pipelined, 'auth.pipelined')
    const clear = (await afterCcc(options)).client('AUTH TLS\r\n').server('234 ok\r\n')
    expectClosedSilently(clear.client('USER u\r\n'), 'tls.expected')
    const refused = (await afterCcc(options)).client('AUTH TLS\r\n').server('534 no\r\n')
    expectRejected(refused, 'PBSZ 0\r\n', 503, 'ccc.frozen')
  })

  test.each(['USER u', 'PASS p', 'ACCT a'])('T20 no password crosses: %s', async (line) => {
    expectRejected(await afterCcc(), `${line}\r\n`, 530, 'login.after-ccc')
  })

  test('T20 an injected command reaches nobody but the two peers', async () => {
    const talk = await afterCcc()
    expectRejected(talk, 'PORT 10,0,0,66,200,21\r\n', 501, 'port.foreign-address')
    talk.client('PASV\r\n').server('227 x (10,0,0,66,156,64)\r\n')
    expect(talk.takeSentTo('client')).toMatch(/^425 /)
    expect(talk.effectsOf('openPinhole')).toEqual([])
    talk.client('NOOP\r\n').server(PASSIVE)
    expect(talk.takeSentTo('client')).toMatch(/^500 /)
    expectAlive(talk)
  })

  test('T20 a login that nobody saw counts only where the profile says so', async () => {
    const options = { ...RANGE_OPTIONS, profile: { loginAfterCcc: 'none' } } as const
    expectRejected(await afterCcc(options), 'PASV\r\n', 530, 'login.required')
  })

  test.each(['PBSZ 0', 'PROT P', 'PROT C'])('T21 T23 %s', async (line) => {
    expectRejected(await afterCcc(), `${line}\r\n`, 503, 'ccc.frozen')
  })

  test('T21 CCC and ADAT make no sense any more', async () => {
    expectRejected(await afterCcc(), 'CCC\r\n', 533, 'ccc.unprotected')
    expectRejected(await afterCcc(), 'ADAT eA==\r\n', 503, 'gss.unexpected')
    const clear = new Conversation().server('220 x\r\n')
    expectRejected(clear, 'CCC\r\n', 533, 'ccc.unprotected')
  })

  test('T22 a whole transfer, whatever its data connection carries', async () => {
    const talk = (await afterCcc()).client('PASV\r\n').server(PASSIVE)
    expect(talk.connectData(`${HOSTS.C}:40100`)).toBe('accepted')
    talk.client('LIST\r\n').server('150 go\r\n')
    expect(talk.effectsOf('startData')).toMatchObject([{ direction: 'to-client' }])
    // A TLS handshake inside makes bytes in both directions.
    talk.endData(4000, 700).server('226 done\r\n')
    expect(talk.sentTo('client')).toBe(`${TOLD}150 go\r\n226 done\r\n`)
    expect(talk.recordsOf('verdict')).toEqual([])
    expectAlive(talk)
  })

  test('T15 QUIT ends it as ever', async () => {
    const talk = (await afterCcc()).client('QUIT\r\n').server('221 bye\r\n')
    expect(talk.sentTo('client')).toBe('221 bye\r\n')
    expect(talk.recordsOf('session.close')).toMatchObject([{ reason: 'quit' }])
  })
})
