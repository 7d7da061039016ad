import { beforeEach, describe, expect, test } from 'vitest'
import pino, { type Logger } from 'pino'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import {
  type Listener,
  ORIGINAL_DESTINATION,
  type Ruleset,
} from '../../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { startInterception } from '../../../src/shell/intercept/interception.ts'
import { installCommands, planInterception } from '../../../src/shell/intercept/plan.ts'
import { requireNamespaces, routingOf, useLab } from './lab.ts'

const listenAt = endpoint(ip('::'), port(2121))
const front = frontDoor({ listen: listenAt, server: endpoint(ip('192.0.2.7'), port(21)) })
const tproxy: Ruleset = {
  ...front,
  listeners: front.listeners.map(
    (listener): Listener => ({ ...listener, intercept: 'tproxy', server: ORIGINAL_DESTINATION }),
  ),
}

function logTo(lines: string[]): Logger {
  return pino(
    { base: null },
    { write: (line) => lines.push((JSON.parse(line) as { msg: string }).msg) },
  )
}

test('where it is left to the administrator, each command is a line of the log', () => {
  const lines: string[] = []
  startInterception(tproxy, { isInstalling: false, logger: logTo(lines) }).stop()
  const plan = planInterception(tproxy)
  expect(lines.slice(1)).toEqual(plan && installCommands(plan))
  expect(lines[0]).toContain('--install-intercept')
})

test('a front door is silent', () => {
  const lines: string[] = []
  startInterception(front, { isInstalling: false, logger: logTo(lines) }).stop()
  expect(lines).toEqual([])
})

describe('on a host', () => {
  const lab = useLab()
  beforeEach(requireNamespaces)

  test('installed while it runs, and other tables are left alone', () => {
    const { firewall } = lab()
    const look = (): string => routingOf(firewall) + firewall.run('nft', ['list', 'ruleset'])
    firewall.nft('table inet filter { chain forward { type filter hook forward priority 0;\n}\n}\n')
    const before = look()
    const interception = startInterception(tproxy, { isInstalling: true, logger: logTo([]) })
    const during = look()
    expect(during).toContain('lookup 2121')
    expect(during).toContain('table inet portcullis_intercept')
    interception.stop()
    expect(look()).toBe(before)
    interception.stop()
    expect(look()).toBe(before)
  })

  test('what a killed process left is taken over, and taken away with ours', () => {
    const { firewall } = lab()
    const quiet = { isInstalling: true, logger: logTo([]) }
    startInterception(tproxy, quiet)
    const interception = startInterception(tproxy, quiet)
    const rules = (): number =>
      firewall.run('ip', ['rule', 'show']).match(/lookup 2121/g)?.length ?? 0
    expect(rules()).toBe(1)
    interception.stop()
    expect(rules()).toBe(0)
    expect(firewall.run('nft', ['list', 'tables'])).not.toContain('intercept')
  })

  test('commands that an administrator types do the same', () => {
    const { firewall } = lab()
    const plan = planInterception(tproxy)
    if (plan === undefined) throw new Error('no plan')
    const shown = (): string =>
      firewall.run('nft', ['list', 'table', 'inet', 'portcullis_intercept'])
    const interception = startInterception(tproxy, { isInstalling: true, logger: logTo([]) })
    const installed = shown()
    interception.stop()
    firewall.run('sh', ['-e'], installCommands(plan).join('\n'))
    expect(shown()).toBe(installed)
  })
})
