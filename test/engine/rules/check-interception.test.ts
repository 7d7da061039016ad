import { describe, expect, test } from 'vitest'
import { load } from '../../../src/engine/rules/load.ts'

/** What is said of listeners that have these keys beside a name, on lines of their own from 1. */
function problems(listeners: readonly string[], dataPath = 'kernel'): readonly string[] {
  const lines = listeners.map((keys, index) => `  - { name: l${index}, ${keys} }\n`)
  const rules = ['control', 'passive-data', 'active-data'].map((kind) => `  - permit: ${kind}\n`)
  const text = `version: 1\ndata-path: ${dataPath}\nlisteners:\n${lines.join('')}rules:\n${rules.join('')}`
  return load([{ name: 'r', text }])
    .diagnostics.filter(({ message }) => !message.startsWith('encrypted sessions get no'))
    .map(({ line, severity, message }) => `${line - 3} ${severity} ${message}`)
}

const redirect = 'listen: "0.0.0.0:2121", intercept: redirect, server: original-destination'
const tproxy = 'listen: "0.0.0.0:2122", intercept: tproxy, server: original-destination'
const frontDoor = 'listen: "203.0.113.1:21", server: "10.0.0.20:21"'
const nat = 'nat: { public-address: 203.0.113.1 }'

test('interception and the servers of clients go together', () => {
  expect(problems([redirect])).toEqual([])
  expect(problems([`${tproxy}, keep-client-address: true`])).toEqual([])
  expect(problems([`${redirect}, ${nat}`])).toEqual([])
  expect(problems([redirect.replace('original-destination', '"10.0.0.20:21"')])).toEqual([
    '1 error clients that are intercepted meant a server of their own: "server: original-destination"',
  ])
  expect(problems([frontDoor.replace('"10.0.0.20:21"', 'original-destination')])).toEqual([
    '1 error only a listener with "intercept" knows where its clients meant to connect: give the address of a server, or intercept',
  ])
})

describe('what the relay cannot do', () => {
  const why = 'needs "data-path: kernel": the relay makes connections from its own addresses alone'

  test('interception, and clients that keep their address', () => {
    expect(problems([redirect], 'relay')).toEqual([`1 error interception ${why}`])
    expect(problems([`${frontDoor}, keep-client-address: true`], 'relay')).toEqual([
      `1 error keeping the client's address ${why}`,
    ])
    expect(problems([`${frontDoor}, keep-client-address: true`])).toEqual([])
  })

  test('nothing is said of a data path that is misspelt but that', () => {
    expect(problems([redirect], 'kernal')).toEqual([
      '-1 error expected relay or kernel, not "kernal"; did you mean "kernel"?',
    ])
  })
})

test.each([
  ['intercept-port: 21', 'does nothing without "intercept"'],
  ['intercept-interfaces: [eth0]', 'does nothing without "intercept"'],
  [
    nat,
    'does nothing without "intercept": clients that connect to the proxy are hidden in any case',
  ],
])('a front door has no %s', (key, message) => {
  expect(problems([`${frontDoor}, ${key}`])).toEqual([`1 error ${message}`])
})

test('clients that are intercepted are told the address of the server', () => {
  expect(problems([`${redirect}, public-address: 203.0.113.1`])).toEqual([
    '1 error clients that are intercepted know the address of the server, and are told it',
  ])
})

test('redirected connections never come to loopback; with tproxy they may', () => {
  const message =
    '1 error redirected connections come to the address of the interface that they came in at, ' +
    'never to loopback: listen on 0.0.0.0 or [::]'
  expect(problems([redirect.replace('0.0.0.0', '127.0.0.1')])).toEqual([message])
  expect(problems([redirect.replace('0.0.0.0', '[::1]')])).toEqual([message])
  expect(problems([tproxy.replace('0.0.0.0', '127.0.0.1')])).toEqual([])
})

describe('two listeners that take the same connections', () => {
  const message = 'the listener "l0" at r:4:52 takes the connections to port 21 already'

  test.each([
    [tproxy, true],
    [`${tproxy}, intercept-port: 2100`, false],
    [`${tproxy}, intercept-interfaces: [eth0, eth1]`, true],
    [tproxy.replace('0.0.0.0', '[::]'), true],
    [tproxy.replace('0.0.0.0', '[2001:db8::1]'), false],
  ])('%s: %s', (second, isTaken) => {
    const expected = isTaken ? [`2 error ${message}`] : []
    expect(problems([redirect, second])).toEqual(expected)
  })

  test('not on other interfaces', () => {
    const first = `${redirect}, intercept-interfaces: [eth0]`
    expect(problems([first, `${tproxy}, intercept-interfaces: [eth1]`])).toEqual([])
    expect(problems([first, `${tproxy}, intercept-interfaces: [eth1, eth0]`])).toEqual([
      `2 error ${message}`,
    ])
  })
})

describe('a client of the one protocol has no address of the other', () => {
  const kept = 'keep-client-address: true'

  test.each([
    ['203.0.113.1:21', '[2001:db8::20]:21', 6],
    ['[::]:21', '10.0.0.20:21', 4],
    ['[2001:db8::1]:21', '10.0.0.20:21', 4],
  ])('%s before %s', (listen, server, family) => {
    const other = family === 4 ? 6 : 4
    expect(problems([`listen: "${listen}", server: "${server}", ${kept}`])).toEqual([
      `1 error the server is IPv${family} and cannot be shown the address of an IPv${other} client: listen on an IPv${family} address`,
    ])
  })

  test('of the same they have', () => {
    expect(problems([`listen: "[::]:21", server: "[2001:db8::20]:21", ${kept}`])).toEqual([])
  })
})

test('clients are hidden or shown, not both, and IPv6 clients are not hidden', () => {
  expect(problems([`${tproxy}, ${nat}, keep-client-address: true`])).toEqual([
    '1 error "nat" hides what this shows: leave one of them out',
  ])
  expect(problems([`${tproxy.replace('0.0.0.0', '[2001:db8::1]')}, ${nat}`])).toEqual([
    '1 error IPv6 clients are not hidden, and no others come to this listener',
  ])
  expect(problems([`${tproxy.replace('0.0.0.0', '[::]')}, ${nat}`])).toEqual([])
})

test('one host cannot stand for many: false is no contradiction, and nothing is read into it', () => {
  expect(problems([`${redirect}, ${nat}, keep-client-address: false`])).toEqual([])
  expect(problems([`${frontDoor}, intercept: none`])).toEqual([])
})
