/** Who uses which ports, as `portcullis ports` tells it. */
import { describe, expect, test } from 'vitest'
import type { OpenRange, PortUse } from '../../../src/engine/nat/port-use.ts'
import { formatPortRange } from '../../../src/net/port.ts'
import { type Conversation, type ConversationOptions, HOSTS } from '../../support/conversation.ts'
import { permit } from '../../support/rules.ts'
import { RANGE_OPTIONS, underTls } from '../../support/tls-dialogue.ts'
import { loggedIn } from '../hostile/expectations.ts'
import { ESTABLISHED_13 } from '../tls/support/hand-made.ts'

const PASV = '227 Entering Passive Mode (10,0,0,20,156,64)\r\n'
const PORT = 'PORT 198,51,100,10,200,21\r\n'
const CLIENT = `${HOSTS.C}:40100`
const SERVER = `${HOSTS.S}:20`
const AT = `${HOSTS.C} at ${HOSTS.P_OUTSIDE}`

function uses({ gateway, now }: Conversation): string[] {
  return [...gateway.portUses(now)].map(
    ({ state, holder, local, port, session }: PortUse) =>
      `${state} ${port} ${holder} at ${local}${session === undefined ? '' : ` by ${session}`}`,
  )
}

function openRanges({ gateway }: Conversation): string[] {
  return [...gateway.openRanges()].map(
    ({ session, holder, local, ports }: OpenRange) =>
      `${formatPortRange(ports)} ${holder} at ${local} by ${session}`,
  )
}

function passive(options: ConversationOptions = {}): Conversation {
  return loggedIn(options).client('PASV\r\n').server(PASV)
}

describe('a port of the passive range', () => {
  test('is leased from the moment it is asked for', () => {
    const talk = passive({ unanswered: ['openPinhole'] })
    expect(uses(talk)).toEqual([`leased 50000 ${AT} by s1`])
    const [opening] = talk.effectsOf('openPinhole')
    if (opening === undefined) throw new Error('no pinhole was asked for')
    talk.opened(opening.pinhole)
    expect(uses(talk)).toEqual([`leased 50000 ${AT} by s1`])
  })

  test('is connected until its connection is over, and rests for a minute', () => {
    const talk = passive()
    expect(talk.connectData(CLIENT)).toBe('accepted')
    const resting = `resting 50000 ${AT}`
    expect(uses(talk)).toEqual([`connected 50000 ${AT} by s1`, resting])
    talk.client('RETR f\r\n').server('150 go\r\n226 ok\r\n')
    expect(uses(talk)).toEqual([`connected 50000 ${AT} by s1`, resting])
    talk.endData(4, 0)
    expect(uses(talk)).toEqual([resting])
    talk.advance(59_999)
    expect(uses(talk)).toEqual([resting])
    talk.advance(1)
    expect(uses(talk)).toEqual([])
  })

  test('rests when its pinhole expired, and so does one that another program holds', () => {
    const talk = passive()
    talk.advance(30_000)
    expect(uses(talk)).toEqual([`resting 50000 ${AT}`])
    const failed = passive({ unanswered: ['openPinhole'] })
    const [opening] = failed.effectsOf('openPinhole')
    if (opening === undefined) throw new Error('no pinhole was asked for')
    const { session, id: pinhole } = opening.pinhole
    failed.handle({ type: 'pinholeFailed', session, pinhole, cause: 'EADDRINUSE' })
    expect(uses(failed)).toEqual([`leased 50001 ${AT} by s1`, `resting 50000 ${AT}`])
  })

  test('of a session whose control connection is over is used while its transfer runs', () => {
    const talk = passive()
    talk.connectData(CLIENT)
    talk.client('RETR f\r\nQUIT\r\n').server('150 go\r\n226 ok\r\n221 bye\r\n')
    expect(uses(talk)).toContain(`connected 50000 ${AT} by s1`)
    talk.endData(4, 0)
    expect(talk.isClosed).toBe(true)
    expect(uses(talk)).toEqual([`resting 50000 ${AT}`])
  })

  test('is the server’s in active mode where the kernel carries data', () => {
    const talk = loggedIn({ kernel: 'front-door' }).client(PORT).server('200 ok\r\n')
    const held = `50000 ${HOSTS.S} at ${HOSTS.P_INSIDE}`
    expect(uses(talk)).toEqual([`leased ${held} by s1`])
    talk.client('RETR f\r\n')
    expect(talk.connectData(SERVER)).toBe('accepted')
    expect(uses(talk)).toEqual([`connected ${held} by s1`, `resting ${held}`])
  })
})

describe('no port of a range is used', () => {
  test('in active mode by the relay, whose port the operating system picks', () => {
    const talk = loggedIn().client(PORT).server('200 ok\r\n')
    expect(uses(talk)).toEqual([])
    talk.client('RETR f\r\n')
    expect(talk.connectData(SERVER)).toBe('accepted')
    expect(uses(talk)).toEqual([])
  })

  test.each(['redirect', 'tproxy'] as const)('by an intercepted session: %s', (kernel) => {
    const talk = passive({ kernel })
    expect(uses(talk)).toEqual([])
    expect(talk.connectData(CLIENT)).toBe('accepted')
    expect(uses(talk)).toEqual([])
  })
})

describe('the range of an opaque session', () => {
  const RANGE = `40000-40099 ${AT} by s1`

  test.each([
    ['by the relay', RANGE_OPTIONS],
    ['in the kernel', { ...RANGE_OPTIONS, kernel: 'front-door' } as const],
  ])('is open, and each of its connections has a port, %s', (_, options) => {
    const talk = underTls(ESTABLISHED_13, options)
    expect(openRanges(talk)).toEqual([RANGE])
    expect(uses(talk)).toEqual([])
    for (const [index, port] of [40_007, 40_008].entries())
      expect(talk.connectData(`${HOSTS.C}:${40_100 + index}`, `${HOSTS.P_OUTSIDE}:${port}`)).toBe(
        'accepted',
      )
    expect(uses(talk)).toEqual([`connected 40007 ${AT} by s1`, `connected 40008 ${AT} by s1`])
    talk.endData(1, 1).close('client', 'reset')
    expect(openRanges(talk)).toEqual([])
    expect(uses(talk)).toEqual([`connected 40007 ${AT} by s1`])
  })

  test('a connection of the server to its client is to a port of the client', () => {
    const talk = underTls(ESTABLISHED_13, { ...RANGE_OPTIONS, kernel: 'front-door' })
    expect(talk.connectData(SERVER, `${HOSTS.C}:51221`)).toBe('accepted')
    expect(uses(talk)).toEqual([])
  })

  test('is not ours where the session is intercepted', () => {
    const options = { ...RANGE_OPTIONS, kernel: 'tproxy', rules: everything } as const
    const talk = underTls(ESTABLISHED_13, options)
    expect(talk.effectsOf('openRange')).toHaveLength(1)
    expect(openRanges(talk)).toEqual([])
    expect(talk.connectData(CLIENT, `${HOSTS.S}:40007`)).toBe('accepted')
    expect(uses(talk)).toEqual([])
  })

  test('without ports of the server there is none', () => {
    const talk = underTls(ESTABLISHED_13, { kernel: 'front-door' })
    expect(talk.effectsOf('openRange')).toHaveLength(1)
    expect(openRanges(talk)).toEqual([])
  })
})

const everything = [permit('control'), permit('passive-data'), permit('active-data')]
