/** The rule files that users start from: they load without a word, and do what they say. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createEvaluator } from '../../../src/engine/rules/evaluate.ts'
import { load } from '../../../src/engine/rules/load.ts'
import type { Profile, RuleKind, Ruleset } from '../../../src/engine/rules/ruleset.ts'
import { ip } from '../../../src/net/ip.ts'
import { formatPortRange, port } from '../../../src/net/port.ts'
import { Conversation, HOSTS } from '../../support/conversation.ts'

const FOLDER = new URL('../../../rules/', import.meta.url)
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))

const read = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8')

function rulesetOf(name: string): Ruleset {
  const { ruleset } = load([{ name, text: read(name) }])
  if (ruleset === undefined) throw new Error(`${name} does not load`)
  return ruleset
}

function defaultProfile(name: string): Profile {
  const profile = rulesetOf(name).profiles.get('default')
  if (profile === undefined) throw new Error(`${name} has no default profile`)
  return profile
}

/** When TLS begins, and where opaque sessions may go. */
function doorOf(name: string): string {
  const [listener] = rulesetOf(name).listeners
  const ports = listener?.serverPassivePorts
  return `${listener?.tls}, ${ports === undefined ? 'nowhere' : formatPortRange(ports)}`
}

/** Asks a rule file: kind, from[:port], to:port. */
function asking(name: string): (kind: RuleKind, from: string, to: string) => string {
  const evaluator = createEvaluator(rulesetOf(name))
  return (kind, from, to) => {
    const [fromAddress = '', fromPort] = from.split(':')
    const [toAddress = '', toPort = ''] = to.split(':')
    const verdict = evaluator.evaluate({
      kind,
      from: ip(fromAddress),
      to: ip(toAddress),
      port: port(Number(toPort)),
      fromPort: fromPort === undefined ? undefined : port(Number(fromPort)),
    })
    const profile = verdict.rule?.profile === undefined ? '' : `, profile ${verdict.rule.profile}`
    const condition = verdict.conditional ? ', if the source port is right' : ''
    return `${verdict.type}: ${verdict.rule?.name ?? 'no rule'}${profile}${condition}`
  }
}

test.each(NAMES)('%s loads for running without a diagnostic', (name) => {
  const { diagnostics, ruleset } = load([{ name, text: read(name) }], { forRunning: true })
  expect(diagnostics).toEqual([])
  expect(ruleset?.listeners).toHaveLength(1)
})

test.each(NAMES)('%s is written for a newcomer to read', (name) => {
  const lines = read(name).split('\n')
  const comments = lines.filter((line) => line.trim().startsWith('#'))
  expect(comments.length).toBeGreaterThanOrEqual(10)
  expect(lines.every((line) => line.length <= 100)).toBe(true)
})

describe('quickstart.yaml', () => {
  const ask = asking('quickstart.yaml')

  test('serves this machine in both modes', () => {
    expect(ask('control', '127.0.0.1:40000', '127.0.0.1:2120')).toBe('permit: local clients')
    expect(ask('active-data', '127.0.0.1', '127.0.0.1:40001')).toBe('permit: local active')
    expect(ask('passive-data', '127.0.0.1', '127.0.0.1:40002')).toBe('permit: local passive')
  })

  test('nobody else, and no other port', () => {
    expect(ask('control', '192.0.2.1:40000', '127.0.0.1:2120')).toBe('deny: no rule')
    expect(ask('control', '127.0.0.1:40000', '127.0.0.1:22')).toBe('deny: no rule')
    expect(ask('active-data', '127.0.0.1', '192.0.2.1:40001')).toBe('deny: no rule')
    expect(ask('passive-data', '127.0.0.1', '127.0.0.1:80')).toBe('deny: no rule')
  })
})

describe('front-door.yaml', () => {
  const ask = asking('front-door.yaml')

  test('everybody may log in, except the blocked host; partners have their profile', () => {
    expect(ask('control', '192.0.2.1:4000', '10.200.200.1:21')).toBe('permit: everybody')
    expect(ask('control', '198.51.100.7:4000', '10.200.200.1:21')).toBe(
      'permit: partners, profile partners',
    )
    expect(ask('control', '198.51.100.66:4000', '10.200.200.1:21')).toBe('deny: blocked host')
    expect(ask('control', '192.0.2.1:4000', '10.200.200.1:22')).toBe('deny: no rule')
    expect(ask('control', '192.0.2.1:4000', '10.200.200.2:21')).toBe('deny: no rule')
  })

  test('active mode is for partners, from port 20', () => {
    expect(ask('active-data', '10.200.200.1', '198.51.100.7:4000')).toBe(
      'permit: partners active, if the source port is right',
    )
    expect(ask('active-data', '10.200.200.1:20', '198.51.100.7:4000')).toBe(
      'permit: partners active',
    )
    expect(ask('active-data', '10.200.200.1:21', '198.51.100.7:4000')).toBe('deny: no rule')
    expect(ask('active-data', '10.200.200.1', '192.0.2.1:4000')).toBe('deny: no rule')
  })

  test('passive mode stays in the range of the server', () => {
    expect(ask('passive-data', '192.0.2.1', '10.200.200.1:40099')).toBe('permit: passive')
    expect(ask('passive-data', '192.0.2.1', '10.200.200.1:40100')).toBe('deny: no rule')
  })
})

describe('static-filter.yaml', () => {
  const ask = asking('static-filter.yaml')

  test('control to port 21', () => {
    expect(ask('control', '10.1.1.7:4000', '10.200.200.1:21')).toBe('permit: office')
    expect(ask('control', '10.1.2.7:4000', '10.200.200.1:21')).toBe('deny: everybody else')
    expect(ask('control', '10.1.1.7:4000', '10.200.200.1:22')).toBe('deny: everybody else')
  })

  test('active data from port 20', () => {
    expect(ask('active-data', '10.200.200.1:20', '10.1.1.7:4000')).toBe('permit: office active')
    expect(ask('active-data', '10.200.200.1:1024', '10.1.1.7:4000')).toBe('deny: no rule')
    expect(ask('active-data', '10.200.200.2:20', '10.1.1.7:4000')).toBe('deny: no rule')
  })

  test('passive data to 60000-60100', () => {
    expect(ask('passive-data', '10.1.1.7', '10.200.200.1:60100')).toBe('permit: office passive')
    expect(ask('passive-data', '10.1.1.7', '10.200.200.1:60101')).toBe('deny: no rule')
    expect(ask('passive-data', '10.1.2.7', '10.200.200.1:60100')).toBe('deny: no rule')
  })
})

describe('encrypted sessions', () => {
  test('have no place on one machine', () => {
    expect(defaultProfile('quickstart.yaml').encryption).toBe('forbidden')
    expect(doorOf('quickstart.yaml')).toBe('explicit, nowhere')
  })

  test.each([
    ['front-door.yaml', 'explicit, 40000-40099'],
    ['static-filter.yaml', 'explicit, 60000-60100'],
  ])('are possible with %s', (name, door) => {
    expect(defaultProfile(name)).toMatchObject({ encryption: 'allowed', opaqueData: 'static' })
    expect(doorOf(name)).toBe(door)
  })
})

describe('require-tls.yaml', () => {
  const ask = asking('require-tls.yaml')

  test('nobody logs in without TLS, and TLS stays', () => {
    expect(defaultProfile('require-tls.yaml')).toMatchObject({
      encryption: 'required',
      mechanisms: new Set(['TLS', 'TLS-C', 'SSL']),
      clearCommandChannel: 'forbidden',
      opaqueData: 'static',
      activeMode: 'denied',
      tls: { minVersion: 'TLS1.2', nullCiphers: 'denied', alpn: 'require-ftp-if-present' },
    })
    expect(ask('control', '192.0.2.1:4000', '10.200.200.1:21')).toBe('permit: everybody')
    expect(ask('control', '192.0.2.1:4000', '10.200.200.1:990')).toBe('deny: no rule')
  })

  test('transfers go to the range of the server and nowhere else', () => {
    expect(doorOf('require-tls.yaml')).toBe('explicit, 60000-60099')
    expect(ask('passive-data', '192.0.2.1', '10.200.200.1:60000')).toBe('permit: passive')
    expect(ask('passive-data', '192.0.2.1', '10.200.200.1:60099')).toBe('permit: passive')
    expect(ask('passive-data', '192.0.2.1', '10.200.200.1:60100')).toBe('deny: no rule')
    expect(ask('active-data', '10.200.200.1:20', '192.0.2.1:4000')).toBe('deny: no rule')
  })
})

describe('clear-command-channel.yaml', () => {
  const ask = asking('clear-command-channel.yaml')

  test('the login is encrypted, and nothing is opened before CCC', () => {
    expect(defaultProfile('clear-command-channel.yaml')).toMatchObject({
      encryption: 'required',
      clearCommandChannel: 'required',
      loginAfterCcc: 'kept',
      authAfterCcc: 'denied',
      opaqueData: 'deny',
      activeMode: 'allowed',
    })
    expect(doorOf('clear-command-channel.yaml')).toBe('explicit, nowhere')
    expect(ask('control', '198.51.100.7:4000', '10.200.200.1:21')).toBe('permit: partners')
    expect(ask('control', '192.0.2.1:4000', '10.200.200.1:21')).toBe('deny: no rule')
  })

  test('both modes have their pinholes', () => {
    expect(ask('active-data', '10.200.200.1', '198.51.100.7:4000')).toBe(
      'permit: partners active, if the source port is right',
    )
    expect(ask('active-data', '10.200.200.1:21', '198.51.100.7:4000')).toBe('deny: no rule')
    expect(ask('passive-data', '198.51.100.7', '10.200.200.1:60099')).toBe(
      'permit: partners passive',
    )
    expect(ask('passive-data', '192.0.2.1', '10.200.200.1:60099')).toBe('deny: no rule')
  })
})

describe('implicit-990.yaml', () => {
  const ask = asking('implicit-990.yaml')

  test('TLS from the first byte, on 990 alone', () => {
    expect(defaultProfile('implicit-990.yaml')).toMatchObject({
      encryption: 'required',
      clearCommandChannel: 'forbidden',
      opaqueData: 'static',
      activeMode: 'denied',
    })
    expect(doorOf('implicit-990.yaml')).toBe('implicit, 60000-60099')
    expect(ask('control', '198.51.100.7:4000', '10.200.200.1:990')).toBe('permit: partners')
    expect(ask('control', '198.51.100.7:4000', '10.200.200.1:21')).toBe('deny: no rule')
    expect(ask('control', '192.0.2.1:4000', '10.200.200.1:990')).toBe('deny: no rule')
  })

  test('transfers go to the range of the server, for partners', () => {
    expect(ask('passive-data', '198.51.100.7', '10.200.200.1:60000')).toBe(
      'permit: partners passive',
    )
    expect(ask('passive-data', '192.0.2.1', '10.200.200.1:60000')).toBe('deny: no rule')
    expect(ask('active-data', '10.200.200.1:20', '198.51.100.7:4000')).toBe('deny: no rule')
  })
})

/** How clients come in, and what of their addresses is left. */
function wayOf(name: string): unknown {
  const { dataPath, reservePorts, listeners } = rulesetOf(name)
  const [listener] = listeners
  if (listener === undefined) throw new Error(`${name} has no listener`)
  const { intercept, interceptPort, interceptInterfaces, keepClientAddress, nat } = listener
  const hidden = nat === undefined ? '' : `, hidden behind ${nat.publicAddress}`
  const at = intercept === 'none' ? '' : ` ${interceptPort} at ${interceptInterfaces?.join()}`
  const kept = keepClientAddress ? ', kept' : ''
  return `${dataPath}: ${intercept}${at}${kept}${hidden}${reservePorts ? ', reserved' : ''}`
}

describe('front-door-kernel.yaml', () => {
  const ask = asking('front-door-kernel.yaml')

  test('a front door; the kernel carries its data connections', () => {
    expect(wayOf('front-door-kernel.yaml')).toBe('kernel: none, reserved')
    expect(doorOf('front-door-kernel.yaml')).toBe('explicit, 40000-40999')
    expect(ask('control', '192.0.2.1:4000', '10.200.200.1:21')).toBe('permit: everybody')
    expect(ask('control', '192.0.2.1:4000', '10.200.200.2:21')).toBe('deny: no rule')
  })

  test('both modes, on the ports of the server and from its port 20', () => {
    expect(ask('passive-data', '192.0.2.1', '10.200.200.1:40999')).toBe('permit: passive')
    expect(ask('passive-data', '192.0.2.1', '10.200.200.1:41000')).toBe('deny: no rule')
    expect(ask('active-data', '10.200.200.1:20', '192.0.2.1:4000')).toBe('permit: active')
    expect(ask('active-data', '10.200.200.1:21', '192.0.2.1:4000')).toBe('deny: no rule')
  })
})

describe('gateway-redirect.yaml', () => {
  const ask = asking('gateway-redirect.yaml')

  test('its clients reach any server, and nobody else does', () => {
    expect(wayOf('gateway-redirect.yaml')).toBe('kernel: redirect 21 at eth1')
    expect(ask('control', '10.1.1.7:4000', '192.0.2.20:21')).toBe('permit: clients')
    expect(ask('control', '10.1.1.7:4000', '192.0.2.20:22')).toBe('deny: no rule')
    expect(ask('control', '10.1.2.7:4000', '192.0.2.20:21')).toBe('deny: no rule')
  })

  test('servers connect back to them alone', () => {
    expect(ask('passive-data', '10.1.1.7', '192.0.2.20:1024')).toBe('permit: passive')
    expect(ask('active-data', '192.0.2.20:20', '10.1.1.7:4000')).toBe('permit: active')
    expect(ask('active-data', '192.0.2.20:20', '10.1.1.7:22')).toBe('deny: no rule')
    expect(ask('active-data', '192.0.2.20:20', '192.0.2.21:4000')).toBe('deny: no rule')
  })
})

describe('gateway-tproxy.yaml', () => {
  const ask = asking('gateway-tproxy.yaml')

  test('changes no address', () => {
    expect(wayOf('gateway-tproxy.yaml')).toBe('kernel: tproxy 21 at eth0, kept')
    expect(doorOf('gateway-tproxy.yaml')).toBe('explicit, 40000-40999')
  })

  test('between the clients and the servers that it names', () => {
    expect(ask('control', '198.51.100.7:4000', '10.200.200.9:21')).toBe('permit: clients')
    expect(ask('control', '192.0.2.1:4000', '10.200.200.9:21')).toBe('deny: no rule')
    expect(ask('passive-data', '198.51.100.7', '10.200.200.9:40000')).toBe('permit: passive')
    expect(ask('passive-data', '198.51.100.7', '10.200.200.9:3306')).toBe('deny: no rule')
    expect(ask('active-data', '10.200.200.9:20', '198.51.100.7:4000')).toBe('permit: active')
    expect(ask('active-data', '10.200.201.9:20', '198.51.100.7:4000')).toBe('deny: no rule')
  })
})

describe('nat-gateway.yaml', () => {
  const ask = asking('nat-gateway.yaml')

  test('private clients, one public address', () => {
    expect(wayOf('nat-gateway.yaml')).toBe(
      'kernel: redirect 21 at eth1, hidden behind 203.0.113.10, reserved',
    )
    expect(ask('control', '192.168.1.7:4000', '192.0.2.20:21')).toBe('permit: private clients')
    expect(ask('control', '192.168.2.7:4000', '192.0.2.20:21')).toBe('deny: no rule')
    expect(ask('passive-data', '192.168.1.7', '192.0.2.20:50000')).toBe('permit: passive')
    expect(ask('active-data', '192.0.2.20:20', '192.168.1.7:4000')).toBe('permit: active')
    expect(ask('active-data', '192.0.2.20:21', '192.168.1.7:4000')).toBe('deny: no rule')
  })
})

describe('strict-inspection.yaml', () => {
  const ask = asking('strict-inspection.yaml')

  test('every check is on, and strict where it can be', () => {
    const { checks, lineEnding, encryption } = defaultProfile('strict-inspection.yaml')
    const lax = Object.entries(checks.actions).filter(([, action]) => /off|log/.test(action))
    expect(lax).toEqual([])
    expect(Object.values(checks.lists).every((rules) => rules.length > 0)).toBe(true)
    expect({ lineEnding, encryption }).toEqual({ lineEnding: 'strict', encryption: 'forbidden' })
  })

  test('the bounds are those of a front door', () => {
    expect(ask('control', '192.0.2.1:4000', '10.200.200.1:21')).toBe('permit: everybody')
    expect(ask('active-data', '10.200.200.1:20', '192.0.2.1:4000')).toBe('permit: active')
    expect(ask('active-data', '10.200.200.1:21', '192.0.2.1:4000')).toBe('deny: no rule')
    expect(ask('passive-data', '192.0.2.1', '10.200.200.1:1023')).toBe('deny: no rule')
    expect(ask('passive-data', '192.0.2.1', '10.200.200.1:40000')).toBe('permit: passive')
  })

  test('a plain session passes it: log in, list, fetch and store', () => {
    const profile = defaultProfile('strict-inspection.yaml')
    const talk = new Conversation({ profile }).login()
    const steps = [
      ['PWD', '257 "/"'],
      ['TYPE I', '200 ok'],
      ['PASV', '227 Entering Passive Mode (10,0,0,20,156,64)'],
      ['STOR report.csv', '150 go\r\n226 done'],
      ['QUIT', '221 bye'],
    ] as const
    for (const [command, reply] of steps) {
      talk.takeSentTo('server')
      talk.client(`${command}\r\n`)
      expect(talk.sentTo('server')).toBe(`${command}\r\n`)
      if (command.startsWith('STOR')) talk.connectData(`${HOSTS.C}:41000`)
      talk.server(`${reply}\r\n`)
      if (command.startsWith('STOR')) talk.endData(0, 7)
    }
    expect(talk.recordsOf('verdict').map(({ reason }) => reason)).toEqual(['reply.banner'])
    expect(talk.recordsOf('session.close')).toMatchObject([{ checks: { banner: 1 }, refusals: 0 }])
  })
})
