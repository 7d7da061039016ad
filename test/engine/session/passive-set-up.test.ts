import { describe, expect, test } from 'vitest'
import { lexCommand } from '../../../src/engine/ftp/command.ts'
import { DEFAULTS } from '../../../src/engine/rules/defaults.ts'
import type { Profile } from '../../../src/engine/rules/ruleset.ts'
import {
  type PassiveForm,
  passiveReply,
  passiveRequest,
  readPassiveAnnouncement,
} from '../../../src/engine/session/passive-set-up.ts'
import { formatEndpoint } from '../../../src/net/endpoint.ts'
import { ip, type IpFamily } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { latin1, textOf } from '../../support/bytes.ts'
import { Conversation, HOSTS } from '../../support/conversation.ts'
import { block } from '../../support/rules.ts'

const profile: Profile = { name: 'default', ...DEFAULTS.profile }

function request(line: string, client: IpFamily, server: IpFamily): string {
  const lexed = lexCommand(latin1(line))
  if (lexed.type !== 'command') throw new Error(lexed.type)
  const answer = passiveRequest(lexed.command, client, server)
  if (answer.type === 'refused') return answer.reason
  const asked = textOf(answer.bytes).trimEnd()
  return answer.type === 'send' ? `${asked} → ${answer.expects}` : asked
}

function announced(form: PassiveForm, text: string, over: Partial<Profile> = {}): string {
  const local = new Set([ip(HOSTS.P_INSIDE)])
  const answer = readPassiveAnnouncement(form, latin1(text), ip(HOSTS.S), local, {
    ...profile,
    ...over,
  })
  return answer.type === 'refused' ? answer.reason : formatEndpoint(answer.endpoint)
}

describe('what the server is asked', () => {
  test.each([
    ['PASV', 4, 4, 'PASV → 227'],
    ['pasv', 4, 4, 'PASV → 227'],
    ['PASV x', 4, 4, 'cmd.argument'],
    ['PASV ', 4, 4, 'cmd.argument'],
    ['PASV', 6, 6, 'port.family'],
    ['EPSV', 4, 4, 'EPSV → 229'],
    ['EPSV 1', 4, 4, 'EPSV 1 → 229'],
    ['EPSV 2', 6, 6, 'EPSV 2 → 229'],
    ['EPSV 2', 4, 4, 'port.family'],
    ['EPSV 1', 6, 6, 'port.family'],
    ['EPSV 99', 4, 4, 'port.family'],
    ['EPSV 1000', 4, 4, 'cmd.argument'],
    ['EPSV x', 4, 4, 'cmd.argument'],
    ['EPSV all', 4, 4, 'EPSV ALL'],
    // RFC 6384 §6: each side is spoken to in the form that its network protocol can hold.
    ['EPSV', 6, 4, 'PASV → 227'],
    ['EPSV 2', 6, 4, 'PASV → 227'],
    ['EPSV 1', 4, 6, 'EPSV → 229'],
    ['PASV', 4, 6, 'EPSV → 229'],
    ['EPSV ALL', 6, 4, 'epsv-all.translated'],
  ] as const)('P26 %s from IPv%i to IPv%i: %s', (line, client, server, expected) => {
    expect(request(line, client, server)).toBe(expected)
  })
})

describe('what the server announced', () => {
  test.each([
    ['227', 'Entering Passive Mode (10,0,0,20,156,64)', '10.0.0.20:40000'],
    ['227', 'Entering Passive Mode (10,0,0,66,156,64)', 'pasv.foreign-address'],
    ['227', 'Entering Passive Mode (10,0,0,20,0,22)', 'pasv.bad-port'],
    ['227', 'Entering Passive Mode (|||40000|)', 'pasv.malformed'],
    ['229', 'Entering Extended Passive Mode (|||40000|)', '10.0.0.20:40000'],
    ['229', 'Entering Extended Passive Mode (|||22|)', 'pasv.bad-port'],
    ['229', 'Entering Extended Passive Mode (10,0,0,20,156,64)', 'pasv.malformed'],
  ] as const)('%s %s: %s', (form, text, expected) => {
    expect(announced(form, text)).toBe(expected)
  })

  test('another address is believed where the profile lists it, but never one of our own', () => {
    const thirdParty = [block('10.0.0.0/24')]
    expect(announced('227', '(10,0,0,66,156,64)', { thirdParty })).toBe('10.0.0.66:40000')
    expect(announced('227', '(10,0,0,1,156,64)', { thirdParty })).toBe('pasv.foreign-address')
  })
})

test('what the client is told', () => {
  expect(textOf(passiveReply('227', ip('203.0.113.1'), port(50_000)))).toBe(
    '227 Entering Passive Mode (203,0,113,1,195,80)\r\n',
  )
  expect(textOf(passiveReply('229', ip('2001:db8::1'), port(50_000)))).toBe(
    '229 Entering Extended Passive Mode (|||50000|)\r\n',
  )
})

test('a 227 that names the address of ours which the server is told to advertise means the server', () => {
  const talk = new Conversation({ listener: { publicAddress: ip('192.0.2.77') } }).login()
  talk.client('PASV\r\n').server('227 Entering Passive Mode (192,0,2,77,156,64)\r\n')
  expect(talk.effectsOf('openPinhole').map(({ pinhole }) => pinhole.dial.address)).toEqual([
    HOSTS.S,
  ])
  const plain = new Conversation().login()
  plain.client('PASV\r\n').server('227 Entering Passive Mode (192,0,2,77,156,64)\r\n')
  expect(plain.reasons).toEqual(['pasv.foreign-address'])
})
