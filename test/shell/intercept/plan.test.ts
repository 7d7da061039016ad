import { describe, expect, test } from 'vitest'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import { type Listener, ORIGINAL_DESTINATION } from '../../../src/engine/rules/ruleset.ts'
import { endpoint, parseEndpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import {
  formatInterceptionTable,
  installCommands,
  type InterceptionPlan,
  planInterception,
  removeCommands,
} from '../../../src/shell/intercept/plan.ts'
import { Nftables } from '../../../src/shell/native/nftables.ts'
import { requireNamespaces } from './lab.ts'

const SERVER = endpoint(ip('192.0.2.7'), port(21))

function planOf(...changes: readonly Partial<Listener>[]): InterceptionPlan | undefined {
  const ruleset = frontDoor({
    listen: listening('0.0.0.0:2121'),
    server: SERVER,
    dataPath: 'kernel',
  })
  const [base] = ruleset.listeners
  if (base === undefined) throw new Error('no listener')
  const listeners = changes.map((change, index) => ({ ...base, name: `l${index}`, ...change }))
  return planInterception({ ...ruleset, listeners })
}

function listening(text: string): Listener['listen'] {
  const found = parseEndpoint(text)
  if (found === undefined) throw new Error(text)
  return found
}

const REDIRECT: Partial<Listener> = {
  intercept: 'redirect',
  server: ORIGINAL_DESTINATION,
  interceptInterfaces: ['eth0', 'vlan.7'],
}
const TPROXY: Partial<Listener> = { intercept: 'tproxy', server: ORIGINAL_DESTINATION }

const PLANS: readonly (readonly [string, () => InterceptionPlan | undefined])[] = [
  ['redirect, any address', () => planOf(REDIRECT)],
  [
    'redirect, both families, one address each',
    () =>
      planOf(
        { ...REDIRECT, listen: listening('198.51.100.1:2121') },
        { ...REDIRECT, listen: listening('[2001:db8::1]:2121'), interceptPort: port(990) },
      ),
  ],
  ['tproxy', () => planOf({ ...TPROXY, listen: listening('127.0.0.1:2121') })],
  [
    'tproxy with the client address kept, one listener for both families',
    () => planOf({ ...TPROXY, listen: listening('[::]:2121'), keepClientAddress: true }),
  ],
  ['front door with the client address kept', () => planOf({ keepClientAddress: true })],
]

test('a front door needs nothing', () => {
  expect(planOf({})).toBeUndefined()
})

describe.each(PLANS)('%s', (_, planned) => {
  test('the table, the commands, and what undoes them', () => {
    const plan = given(planned())
    expect(
      [formatInterceptionTable(plan), ...installCommands(plan), '', ...removeCommands(plan)].join(
        '\n',
      ),
    ).toMatchSnapshot()
  })

  test('the kernel takes it', (context) => {
    requireNamespaces(context)
    const nft = Nftables.open()
    try {
      nft.check(formatInterceptionTable(given(planned())))
    } finally {
      nft.close()
    }
  })
})

test('redirected connections cannot reach loopback', () => {
  expect(() => planOf({ ...REDIRECT, listen: listening('127.0.0.1:2121') })).toThrow(
    'listener l0: redirected connections cannot reach 127.0.0.1; listen on 0.0.0.0, [::] or',
  )
})

test('what is no name of an interface never becomes part of a rule', () => {
  expect(() => planOf({ ...TPROXY, interceptInterfaces: ['eth0" } accept #'] })).toThrow(
    'is no name of an interface',
  )
})

function given(plan: InterceptionPlan | undefined): InterceptionPlan {
  if (plan === undefined) throw new Error('there is no plan')
  return plan
}
