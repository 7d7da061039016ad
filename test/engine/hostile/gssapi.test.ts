/**
 * Hostile-peer cases G: sessions protected with GSSAPI (RFC 2228). Their lines are still lines, but
 * what is in them is nobody's business in between: it is passed on, never decoded, never recorded.
 */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Conversation, HOSTS } from '../../support/conversation.ts'
import { play, readDialogues } from '../../support/golden.ts'
import {
  afterProtectedCcc,
  GSSAPI_OPTIONS,
  protectedSession,
  sealed,
  tokensAgreed,
} from '../../support/gssapi-dialogue.ts'
import { expectAlive, expectClosed, expectRejected, loggedIn } from './expectations.ts'

const TOKEN_LINE_BYTES = 128 * 1024
const PASSIVE = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'

describe('AUTH GSSAPI and ADAT', () => {
  test('G1 tokens go both ways untouched, and 235 makes the session opaque', () => {
    const talk = tokensAgreed()
    talk.client('ADAT Q0xJRU5U\r\n').server('335 ADAT=U0VSVkVS\r\n')
    expect(talk.takeSentTo('server')).toBe('ADAT Q0xJRU5U\r\n')
    expect(talk.takeSentTo('client')).toBe('335 ADAT=U0VSVkVS\r\n')
    expect(talk.recordsOf('channel.opaque')).toEqual([])
    talk.client('ADAT RE9ORQ==\r\n').server('235 ADAT=RklO\r\n')
    expect(talk.takeSentTo('client')).toBe('235 ADAT=RklO\r\n')
    expect(talk.recordsOf('channel.opaque')).toMatchObject([{ mechanism: 'GSSAPI' }])
    expect(talk.listening).toEqual([])
  })

  test('G1 no token and nothing protected is in any record', () => {
    const talk = protectedSession()
    const secrets = ['UEFTUyBodW50ZXIy', 'MjMwIG9r', 'UkVUUg==', 'MjI2', 'VFlQRQ==', 'QmFk']
    const [pass = '', ok = '', retr = '', done = '', type = '', bad = ''] = secrets
    talk.client(`MIC ${pass}\r\n`).server(`631 ${ok}\r\n`)
    talk.client(`ENC ${retr}\r\n`).server(`632-${done}\r\n632 ${done}\r\n`)
    talk.client(`CONF ${type}\r\n`).server(`633 ${ok}\r\n`)
    // A server that refuses a line quotes it.
    talk.client(`MIC ${bad}\r\n`).server(`500 'MIC ${bad}' not understood\r\n`)
    expect(talk.takeSentTo('server')).toBe(
      `MIC ${pass}\r\nENC ${retr}\r\nCONF ${type}\r\nMIC ${bad}\r\n`,
    )
    const written = JSON.stringify(talk.records)
    const tokens = ['Q0xJRU5U', 'U0VSVkVS', 'RE9ORQ==', ...secrets]
    expect(tokens.filter((token) => written.includes(token))).toEqual([])
    const verbs = talk.recordsOf('control.command').map(({ verb }) => verb)
    expect(verbs.join(' ')).toBe('AUTH ADAT ADAT MIC ENC CONF MIC')
  })

  test('G1 a mechanism that the profile does not name is refused', () => {
    expectRejected(loggedIn(), 'AUTH GSSAPI\r\n', 504, 'auth.mechanism')
  })

  test.each(['234', '200', '235', '335', '631'])('G1 AUTH GSSAPI is not answered %s', (code) => {
    const talk = loggedIn(GSSAPI_OPTIONS).client('AUTH GSSAPI\r\n').server(`${code} x\r\n`)
    expect(talk.sentTo('client')).not.toContain(`${code} x`)
    expectClosed(talk, 'reply.mismatch')
  })

  test.each([234, 334, 200, 631, 632])('G1 nor ADAT %i', (code) => {
    expectClosed(tokensAgreed().client('ADAT QQ==\r\n').server(`${code} x\r\n`), 'reply.mismatch')
  })

  test('G1 refused tokens leave a clear session, with the limits of one', () => {
    const talk = tokensAgreed().client('ADAT QQ==\r\n').server('535 no\r\n')
    talk.client('USER u\r\n').server('331 p\r\n').client('PASS p\r\n').server('230 ok\r\n')
    expectAlive(talk)
    expectRejected(talk, 'ADAT QQ==\r\n', 503, 'gss.unexpected')
    expectRejected(talk, `MIC ${sealed('NOOP')}\r\n`, 503, 'gss.unexpected')
    expectClosed(talk.client(`CWD ${'A'.repeat(5000)}\r\n`), 'cmd.too-long')
  })

  test('G1 who was logged in is so no more, and what was set up is gone', () => {
    const talk = loggedIn(GSSAPI_OPTIONS).client('PASV\r\n').server(PASSIVE)
    expect(talk.listening).toHaveLength(1)
    talk.client('AUTH GSSAPI\r\n').server('334 go\r\n').client('ADAT QQ==\r\n').server('235 ok\r\n')
    expect(talk.listening).toEqual([])
  })
})

describe('clear commands in a protected session', () => {
  test.each([
    'PORT 198,51,100,10,200,21',
    'PASV',
    'EPSV',
    'USER root',
    'PASS x',
    'RETR f',
    'AUTH TLS',
    'CCC',
    'ADAT QQ==',
  ])('G2 %s is answered 533 and not sent on', (line) => {
    const talk = protectedSession()
    talk.client(`${line}\r\n`)
    expect(talk.sentTo('server')).toBe('')
    expect(talk.sentTo('client')).toMatch(/^533 [^\r\n]*\r\n$/)
    expect(talk.reasons.at(-1)).toBe('gss.clear-command')
    expect(talk.effectsOf('openPinhole')).toEqual([])
    talk.client(`MIC ${sealed('NOOP')}\r\n`)
    expect(talk.takeSentTo('server')).toBe(`MIC ${sealed('NOOP')}\r\n`)
  })

  test.each(['USER u', 'PASV', `MIC ${sealed('PASV')}`])('G2 also between tokens: %s', (line) => {
    const talk = tokensAgreed().client(`${line}\r\n`)
    expect(talk.sentTo('server')).toBe('')
    expect(talk.sentTo('client')).toMatch(/^533 [^\r\n]*\r\n$/)
  })
})

describe('what protected lines hold', () => {
  test.each(['MIC', 'CONF', 'ENC'])('G3 %s with a PORT in it opens nothing', (verb) => {
    const line = `${verb} ${sealed('PORT 198,51,100,10,200,21')}\r\n`
    const talk = protectedSession().client(line)
    expect(talk.takeSentTo('server')).toBe(line)
    talk.server(`631 ${sealed('200 PORT ok')}\r\n`)
    expect(talk.effectsOf('openPinhole')).toEqual([])
    expect(talk.listening).toEqual([])
  })

  test.each([631, 632, 633])(
    'G3 %i with a 227 in it is not rewritten and opens nothing',
    (code) => {
      const line = `${code} ${sealed(PASSIVE.trim())}\r\n`
      const talk = protectedSession()
        .client(`MIC ${sealed('PASV')}\r\n`)
        .server(line)
      expect(talk.takeSentTo('client')).toBe(line)
      expect(talk.effectsOf('openPinhole')).toEqual([])
    },
  )

  test('G3 data connections follow the static range, of the client alone', () => {
    const talk = protectedSession()
    expect(talk.ranges).toEqual([`${HOSTS.C} ${HOSTS.P_OUTSIDE} 40000-40099`])
    const local = `${HOSTS.P_OUTSIDE}:40007`
    expect(talk.connectData(`${HOSTS.X}:40100`, local)).toBe('dropped')
    expect(talk.connectData(`${HOSTS.C}:40100`, local)).toBe('accepted')
    const [dialled] = talk.effectsOf('dialData')
    expect(dialled?.pinhole.dial).toEqual({ address: HOSTS.S, port: 40_007 })
  })
})

describe('a protected reply too many', () => {
  const preliminary = `632 ${sealed('150 here it comes')}\r\n`
  const final = `632 ${sealed('226 done')}\r\n`

  test('G3 a transfer has two replies, and nobody sees which is which', () => {
    const talk = protectedSession().client(`ENC ${sealed('RETR f')}\r\n`)
    talk.server(preliminary).server(final)
    expect(talk.takeSentTo('client')).toBe(preliminary + final)
    expect(talk.isClosed).toBe(false)
  })

  test('G6 it does not answer a clear command, which is answered in clear', () => {
    const talk = afterProtectedCcc().client('PWD\r\n').server(final).server('257 "/"\r\n')
    expect(talk.takeSentTo('client')).toBe(`${final}257 "/"\r\n`)
    expect(talk.recordsOf('control.reply').at(-1)).toMatchObject({ code: 257, verb: 'PWD' })
    expectAlive(talk)
  })

  test('G5 before any protected command it is unsolicited', () => {
    expectClosed(protectedSession().server(final), 'reply.unsolicited')
  })
})

describe('tokens out of bounds', () => {
  test('G4 bad base64 is for the server to judge', () => {
    const talk = tokensAgreed().client('ADAT !!!\r\n').server('501 bad base64\r\n')
    expect(talk.takeSentTo('server')).toBe('ADAT !!!\r\n')
    expect(talk.takeSentTo('client')).toBe('501 bad base64\r\n')
    expectRejected(talk, 'ADAT QQ==\r\n', 503, 'gss.unexpected')
  })

  test('G4 a ticket of 128 KB is a line, in both directions', () => {
    const command = `ADAT ${'A'.repeat(TOKEN_LINE_BYTES - 5)}\r\n`
    const reply = `335 ADAT=${'A'.repeat(TOKEN_LINE_BYTES - 9)}\r\n`
    const talk = tokensAgreed().client(command).server(reply)
    expect(talk.takeSentTo('server') === command).toBe(true)
    expect(talk.takeSentTo('client') === reply).toBe(true)
  })

  test('G4 one byte more ends the session, also without the end of its line', () => {
    const long = 'A'.repeat(TOKEN_LINE_BYTES)
    expectClosed(tokensAgreed().client(`ADAT ${long.slice(4)}\r\n`), 'cmd.too-long')
    expectClosed(tokensAgreed().client(`ADAT ${long}${long}`), 'cmd.too-long')
    const asked = tokensAgreed().client('ADAT QQ==\r\n')
    expectClosed(asked.server(`335 ADAT=${long.slice(8)}\r\n`), 'reply.too-long')
  })

  test('G4 after 32 rounds nobody goes on', () => {
    const talk = tokensAgreed()
    for (let round = 0; round < 32; round++)
      talk.client('ADAT QQ==\r\n').server('335 ADAT=QQ==\r\n')
    expect(talk.isClosed).toBe(false)
    expectClosed(talk.client('ADAT QQ==\r\n').server('335 ADAT=QQ==\r\n'), 'gss.rounds')
  })
})

describe('protected replies where nothing is protected', () => {
  test.each([631, 632, 633])('G5 %i to PASS is replaced and changes nothing', (code) => {
    const talk = loggedIn(GSSAPI_OPTIONS)
    talk.client('USER u\r\n').server('331 p\r\n').client('PASS p\r\n').server(`${code} QQ==\r\n`)
    expect(talk.takeSentTo('client')).toMatch(/^331 p\r\n500 [^\r\n]*\r\n$/)
    expect(talk.reasons.at(-1)).toBe('reply.mismatch')
    expect(talk.ranges).toEqual([])
    expect(talk.recordsOf('channel.opaque')).toEqual([])
    expectAlive(talk)
  })

  test('G5 nor does one in place of the greeting', () => {
    const talk = new Conversation(GSSAPI_OPTIONS).server('632 QQ==\r\n')
    expect(talk.sentTo('client')).not.toContain('632')
    expectClosed(talk, 'reply.greeting')
  })
})

describe('CCC under GSSAPI', () => {
  test('G6 a clear command is followed only behind a protected reply', () => {
    const talk = protectedSession()
    expectGetsNothing(talk, 'PWD\r\n')
    talk.client(`MIC ${sealed('CCC')}\r\n`)
    talk.server(`631 ${sealed('200 clear')}\r\n`).client('PWD\r\n')
    expect(talk.takeSentTo('server')).toBe(`MIC ${sealed('CCC')}\r\nPWD\r\n`)
  })

  test('G6 only the clear answer of the server makes the session clear', () => {
    const talk = afterProtectedCcc().client('PWD\r\n')
    expect(talk.recordsOf('channel.clear')).toEqual([])
    expect(talk.ranges).toHaveLength(1)
    talk.server('257 "/"\r\n')
    expect(talk.recordsOf('channel.clear')).toMatchObject([{ side: 'server' }])
    expect(talk.ranges).toEqual([])
    expectAlive(talk)
  })

  test('G6 a refusal of it does not: the session is protected as before', () => {
    const talk = afterProtectedCcc().client('PWD\r\n').server('533 not protected\r\n')
    expect(talk.takeSentTo('client')).toBe('533 not protected\r\n')
    expect(talk.recordsOf('channel.clear')).toEqual([])
    expect(talk.ranges).toHaveLength(1)
    talk.client(`ENC ${sealed('PWD')}\r\n`).server(`632 ${sealed('257 "/"')}\r\n`)
    expect(talk.takeSentTo('client')).toBe(`632 ${sealed('257 "/"')}\r\n`)
  })

  test('G6 a PASV that comes first is answered, rewritten, and ends the static range', () => {
    const talk = afterProtectedCcc().client('PASV\r\n').server(PASSIVE)
    expect(talk.takeSentTo('client')).toBe('227 Entering Passive Mode (203,0,113,1,195,80)\r\n')
    expect(talk.recordsOf('channel.clear')).toMatchObject([{ side: 'server' }])
    expect(talk.ranges).toEqual([])
    expect(talk.listening).toEqual([`${HOSTS.P_OUTSIDE}:50000`])
  })

  test.each([
    ['PASS hunter2', 530, 'login.after-ccc'],
    ['USER root', 530, 'login.after-ccc'],
    ['PROT C', 503, 'ccc.frozen'],
    ['PBSZ 0', 503, 'ccc.frozen'],
    ['AUTH GSSAPI', 534, 'auth.after-ccc'],
    ['ADAT QQ==', 503, 'gss.unexpected'],
    [`ENC ${sealed('DELE f')}`, 503, 'gss.unexpected'],
    [`MIC ${sealed('DELE f')}`, 503, 'gss.unexpected'],
  ] as const)('G6 clear again, %s is refused with %i', (line, code, reason) => {
    const talk = afterProtectedCcc().client('NOOP\r\n').server('200 ok\r\n')
    expectRejected(talk, `${line}\r\n`, code, reason)
  })

  test('G6 AUTH before the server has shown that it is clear is refused, whatever the rules', () => {
    const profile = { mechanisms: new Set(['GSSAPI']), authAfterCcc: 'allowed' } as const
    const talk = afterProtectedCcc({ ...GSSAPI_OPTIONS, profile }).client('AUTH GSSAPI\r\n')
    expect(talk.sentTo('server')).toBe('')
    expect(talk.sentTo('client')).toMatch(/^534 /)
    expect(talk.isClosed).toBe(false)
  })

  test('G6 clear again, lines are no longer as long as tokens', () => {
    const talk = afterProtectedCcc().client('NOOP\r\n').server('200 ok\r\n')
    expectClosed(talk.client(`CWD ${'A'.repeat(5000)}\r\n`), 'cmd.too-long')
  })

  test('G6 clear again, a protected reply is none', () => {
    const talk = afterProtectedCcc().client('NOOP\r\n').server('200 ok\r\n')
    talk.takeSentTo('client')
    talk.client('PWD\r\n').server(`632 ${sealed('257 "/"')}\r\n`)
    expect(talk.takeSentTo('client')).toMatch(/^500 /)
    expect(talk.reasons.at(-1)).toBe('reply.mismatch')
  })

  test('G6 a login that nobody saw counts only where the profile says so', () => {
    const profile = { mechanisms: new Set(['GSSAPI']), loginAfterCcc: 'none' } as const
    const talk = afterProtectedCcc({ ...GSSAPI_OPTIONS, profile })
    talk.client('NOOP\r\n').server('200 ok\r\n')
    expectRejected(talk, 'PASV\r\n', 530, 'login.required')
  })
})

function expectGetsNothing(talk: Conversation, line: string): void {
  talk.client(line)
  expect(talk.takeSentTo('server')).toBe('')
  expect(talk.takeSentTo('client')).toMatch(/^533 /)
}

/** A GridFTP session of Globus; transcripts of real sessions are other people's and read there. */
const RECORDED = '../shared/corpus/transcripts/zeek_zeek__globus-url-copy.txt'

describe.skipIf(!existsSync(RECORDED))('a recorded session of Globus', () => {
  const text = existsSync(RECORDED) ? readFileSync(RECORDED, 'utf8') : ''
  const [dialogue] = readDialogues('globus', text, true)

  test('G1 passes untouched, and none of its tokens is recorded', () => {
    if (dialogue === undefined) throw new Error('no session in the transcript')
    const options = { ...dialogue.options, ...GSSAPI_OPTIONS }
    const { toServer, toClient, records } = play({ ...dialogue, options })
    const saidBy = (side: string): string =>
      dialogue.steps
        .flatMap((step) =>
          step.type === 'write' && step.side === side
            ? [Buffer.from(step.bytes).toString('latin1')]
            : [],
        )
        .join('')
    expect(toServer).toBe(saidBy('client'))
    expect(toClient).toBe(saidBy('server'))
    const tokens = `${toServer}${toClient}`.match(/(?<=^(?:ADAT |ENC |632[ -]|335 ADAT=))\S+/gm)
    expect(tokens?.length).toBeGreaterThan(20)
    const written = JSON.stringify(records)
    expect(tokens?.filter((token) => written.includes(token))).toEqual([])
    expect(records.filter(({ type }) => type === 'verdict')).toEqual([])
  })
})
