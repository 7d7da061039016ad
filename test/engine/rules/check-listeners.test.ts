import { expect, test } from 'vitest'
import { load } from '../../../src/engine/rules/load.ts'

function problems(...pairs: readonly (readonly [listen: string, server: string])[]): string[] {
  return problemsWith('', ...pairs)
}

function problemsWith(
  more: string,
  ...pairs: readonly (readonly [listen: string, server: string])[]
): string[] {
  const listeners = pairs.map(
    ([listen, server], index) =>
      `  - { name: l${index}, listen: "${listen}", server: "${server}" }\n`,
  )
  const text = `version: 1\nlisteners:\n${listeners.join('')}${more}`
  return load([{ name: 'r', text }])
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ line, message }) => `${line - 2} ${message}`)
}

const SERVER = '192.0.2.1:21'

test.each([
  ['10.0.0.1:21', '10.0.0.1:21'],
  ['0.0.0.0:21', '10.0.0.1:21'],
  ['10.0.0.1:21', '0.0.0.0:21'],
  ['[::]:21', '10.0.0.1:21'],
  ['[::]:21', '[2001:db8::1]:21'],
  ['[::]:21', '0.0.0.0:21'],
])('%s and %s cannot both be listened on', (one, other) => {
  const [problem, ...rest] = problems([one, SERVER], [other, SERVER])
  expect(rest).toEqual([])
  expect(problem).toMatch(`already listens on`)
})

test.each([
  ['10.0.0.1:21', '10.0.0.2:21'],
  ['10.0.0.1:21', '10.0.0.1:2121'],
  ['0.0.0.0:21', '[2001:db8::1]:21'],
])('%s and %s can', (one, other) => {
  expect(problems([one, SERVER], [other, SERVER])).toEqual([])
})

test.each([
  ['10.0.0.1:21', '10.0.0.1:21'],
  ['0.0.0.0:21', '127.0.0.1:21'],
  ['0.0.0.0:21', '127.9.9.9:21'],
  ['[::]:21', '127.0.0.1:21'],
  ['[::]:21', '[::1]:21'],
])('K9 a listener on %s with the server %s talks to itself', (listen, server) => {
  expect(problems([listen, server])).toEqual(['1 this is where "l0" listens: a loop, not a server'])
})

test('K9 two listeners that send to each other are a loop', () => {
  expect(problems(['10.0.0.1:21', '10.0.0.2:21'], ['10.0.0.2:21', '10.0.0.1:21'])).toEqual([
    '1 this is where "l1" listens: a loop, not a server',
    '2 this is where "l0" listens: a loop, not a server',
  ])
})

test('K9 the same address on another port is a server', () => {
  expect(problems(['127.0.0.1:2121', '127.0.0.1:2120'], ['0.0.0.0:21', '[::1]:21'])).toEqual([])
})

test('K9 no server is at every address, at none, or at a multicast address', () => {
  const servers = [
    '0.0.0.0:21',
    '[::]:21',
    '0.1.2.3:21',
    '224.0.0.1:21',
    '[ff02::1]:21',
    '255.255.255.255:21',
  ]
  expect(servers.flatMap((server) => problems(['10.0.0.1:21', server]))).toMatchInlineSnapshot(`
    [
      "1 this means every address, not one",
      "1 this means every address, not one",
      "1 no host has an address that begins with 0",
      "1 this is a multicast address",
      "1 this is a multicast address",
      "1 no host has an address from 240.0.0.0 on",
    ]
  `)
})

test('K5 passive ports do not contain the port of a listener', () => {
  expect(problems(['10.0.0.1:50050', SERVER])).toEqual([
    '1 the port lies in the passive ports 50000-50099 (the default)',
  ])
  expect(problemsWith('passive-ports: 2000-3000\n', ['10.0.0.1:2121', SERVER])).toEqual([
    '2 the passive ports 2000-3000 contain 2121, where "l0" listens',
  ])
})
