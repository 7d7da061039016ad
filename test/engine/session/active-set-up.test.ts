import { describe, expect, test } from 'vitest'
import { lexCommand } from '../../../src/engine/ftp/command.ts'
import { sessionId } from '../../../src/engine/id.ts'
import { RangeTable } from '../../../src/engine/nat/scoped-range.ts'
import { PinholeTable } from '../../../src/engine/nat/pinhole-table.ts'
import { PortLeases } from '../../../src/engine/nat/port-leases.ts'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import { createEvaluator } from '../../../src/engine/rules/evaluate.ts'
import type { Profile } from '../../../src/engine/rules/ruleset.ts'
import { activeCommand, readActiveAnnouncement } from '../../../src/engine/session/active-set-up.ts'
import { LoginFailures } from '../../../src/engine/session/login-failures.ts'
import type { SessionSettings } from '../../../src/engine/session/settings.ts'
import { formatEndpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { latin1, textOf } from '../../support/bytes.ts'
import { at, HOSTS } from '../../support/conversation.ts'
import { block } from '../../support/rules.ts'

interface Ends {
  readonly client?: string
  readonly local?: string
  readonly profile?: Partial<Profile>
}

function settings({ client, local, profile }: Ends): SessionSettings {
  const listen = at(local ?? `${HOSTS.P_OUTSIDE}:21`)
  const ruleset = frontDoor({ listen, server: at(`${HOSTS.S}:21`) })
  const [listener] = ruleset.listeners
  const base = ruleset.profiles.get('default')
  if (listener === undefined || base === undefined) throw new Error('no front door')
  return {
    id: sessionId('s1'),
    listener,
    profile: { ...base, ...profile },
    rule: '',
    evaluator: createEvaluator(ruleset),
    client: at(client ?? `${HOSTS.C}:40000`),
    server: at(`${HOSTS.S}:21`),
    local: listen,
  }
}

function announced(line: string, ends: Ends = {}): string {
  const lexed = lexCommand(latin1(line))
  if (lexed.type !== 'command') throw new Error(lexed.type)
  const answer = readActiveAnnouncement(lexed.command, settings(ends), {
    leases: new PortLeases(() => 0),
    pinholes: new PinholeTable(),
    ranges: new RangeTable(),
    loginFailures: new LoginFailures(),
    localAddresses: new Set([ip(HOSTS.P_INSIDE)]),
  })
  return answer.type === 'refused'
    ? answer.reason
    : `${answer.form} ${formatEndpoint(answer.endpoint)}`
}

const six = { client: '[2001:db8::10]:40000', local: '[2001:db8:203::1]:21' }
const loopback = { client: '127.0.0.1:40000', local: '127.0.0.1:21' }

describe('what the client announced', () => {
  test.each([
    ['PORT 198,51,100,10,200,21', 'PORT 198.51.100.10:51221'],
    ['port 198,51,100,10,4,0', 'PORT 198.51.100.10:1024'],
    ['EPRT |1|198.51.100.10|51221|', 'EPRT 198.51.100.10:51221'],
    ['PORT', 'port.malformed'],
    ['PORT 198,51,100,10,200', 'port.malformed'],
    ['EPRT |1|198.51.100.10|0|', 'port.malformed'],
    ['EPRT |3|198.51.100.10|51221|', 'port.family'],
    ['EPRT |2|2001:db8::10|51221|', 'port.family'],
    ['EPRT |2|::ffff:198.51.100.10|51221|', 'port.family'],
    ['PORT 10,0,0,66,200,21', 'port.foreign-address'],
    ['EPRT |1|10.0.0.66|51221|', 'port.foreign-address'],
    ['PORT 127,0,0,1,200,21', 'port.special-address'],
    ['PORT 10,0,0,1,200,21', 'port.self'],
    ['PORT 203,0,113,1,200,21', 'port.self'],
    ['PORT 198,51,100,10,3,255', 'port.privileged'],
    ['EPRT |1|198.51.100.10|3389|', 'port.denylisted'],
  ])('%s: %s', (line, expected) => {
    expect(announced(line)).toBe(expected)
  })

  test.each([
    ['EPRT |2|2001:DB8::0010|51221|', 'EPRT [2001:db8::10]:51221'],
    ['EPRT |1|198.51.100.10|51221|', 'port.family'],
    ['PORT 198,51,100,10,200,21', 'port.family'],
    ['EPRT |2|2001:db8::66|51221|', 'port.foreign-address'],
  ])('over IPv6, %s: %s', (line, expected) => {
    expect(announced(line, six)).toBe(expected)
  })

  test('another address where the profile lists it', () => {
    const profile = { thirdParty: [block('10.0.0.66')] }
    expect(announced('PORT 10,0,0,66,200,21', { profile })).toBe('PORT 10.0.0.66:51221')
    expect(announced('PORT 10,0,0,67,200,21', { profile })).toBe('port.foreign-address')
  })

  test('loopback where the listener itself is on loopback', () => {
    expect(announced('PORT 127,0,0,1,200,21', loopback)).toBe('PORT 127.0.0.1:51221')
    expect(announced('PORT 127,0,0,2,200,21', loopback)).toBe('port.special-address')
  })
})

describe('what the server is told', () => {
  test.each([
    ['PORT', '198.51.100.10:40000', '10.0.0.1:42001', 'PORT 10,0,0,1,164,17'],
    ['EPRT', '198.51.100.10:40000', '10.0.0.1:42001', 'EPRT |1|10.0.0.1|42001|'],
    ['EPRT', '[2001:db8::10]:40000', '[2001:db8::1]:42001', 'EPRT |2|2001:db8::1|42001|'],
    // RFC 6384 §7: EPRT from IPv6 becomes PORT towards IPv4.
    ['EPRT', '[2001:db8::10]:40000', '10.0.0.1:42001', 'PORT 10,0,0,1,164,17'],
    ['PORT', '198.51.100.10:40000', '[2001:db8::1]:42001', 'EPRT |2|2001:db8::1|42001|'],
  ] as const)('%s from %s, heard at %s: %s', (form, client, listening, expected) => {
    const command = activeCommand(form, at(client), at(listening))
    expect(textOf(command.bytes)).toBe(`${expected}\r\n`)
    expect(expected.startsWith(command.form)).toBe(true)
  })
})
