import { describe, expect, test } from 'vitest'
import { load } from '../../../src/engine/rules/load.ts'

/** Listeners as `listen server ports`, then more of the file; what is said of them but reach. */
function problems(listeners: readonly string[], more: string = ''): readonly string[] {
  const lines = listeners.map((words, index) => {
    const [listen, server, ports] = words.split(' ')
    const range = ports === undefined ? '' : `, server-passive-ports: ${ports}`
    return `  - { name: l${index}, listen: "${listen}", server: "${server}"${range} }\n`
  })
  const text = `version: 1\nlisteners:\n${lines.join('')}${more}`
  return load([{ name: 'r', text }])
    .diagnostics.filter(({ message }) => !message.startsWith('no rule permits control'))
    .map((one) => `${one.line - 2}:${one.column} ${one.severity} ${one.message}`)
}

describe('the ports leased to clear sessions', () => {
  const why =
    "one port of the proxy cannot be leased to a clear session and be the server's as well"

  test('K16 are not those of the server', () => {
    expect(problems(['10.0.0.1:21 10.0.0.2:21 50099-50199'])).toEqual([
      `1:85 error overlaps the passive-ports 50000-50099 (the default): ${why}`,
    ])
    expect(
      problems(['10.0.0.1:21 10.0.0.2:21 60000-60099'], 'passive-ports: 60099-60199\n'),
    ).toEqual([`1:85 error overlaps the passive-ports 60099-60199 at r:4:16: ${why}`])
  })

  test('K16 may be next to them', () => {
    expect(problems(['10.0.0.1:21 10.0.0.2:21 50100-50199'])).toEqual([])
  })
})

test('K5 they are not privileged', () => {
  expect(problems(['10.0.0.1:21 10.0.0.2:21 1000-1100'])).toEqual([
    expect.stringMatching(/^1:85 error passive ports begin at 1024/),
  ])
})

describe('ports where the proxy listens for control connections', () => {
  test('its own', () => {
    expect(problems(['10.0.0.1:2121 10.0.0.2:21 2000-2200'])).toEqual([
      '1:87 error the listener "l0" at r:3:25 is on one of these ports, 10.0.0.1:2121',
    ])
  })

  test.each([
    ['10.0.0.1:2121', true],
    ['0.0.0.0:2121', true],
    ['[::]:2121', true],
    ['10.0.0.9:2121', false],
    ['[2001:db8::1]:2121', false],
    ['10.0.0.1:2201', false],
  ])('those of another one on %s: %s', (other, isTaken) => {
    const found = problems([`10.0.0.1:21 10.0.0.2:21 2000-2200`, `${other} 10.0.0.2:21`])
    expect(found).toEqual(
      isTaken ? [expect.stringMatching(/^1:85 error the listener "l1" at r:4:25 is on one/)] : [],
    )
  })
})

describe('the port alone tells the server', () => {
  test.each(['10.0.0.1:2121', '0.0.0.0:2121', '[::]:2121'])('behind 10.0.0.1 and %s', (other) => {
    const found = problems([
      '10.0.0.1:21 10.0.0.2:21 60000-60099',
      `${other} 10.0.0.3:21 60099-60100`,
    ])
    expect(found).toEqual([
      expect.stringMatching(
        /^2:\d+ error overlaps those of "l0" at r:3:85, which has another server: the port alone/,
      ),
    ])
  })

  test.each([
    ['other ports', '10.0.0.1:2121 10.0.0.3:21 60100-60199'],
    ['another address', '10.0.0.9:21 10.0.0.3:21 60000-60099'],
    ['the same server', '10.0.0.1:2121 10.0.0.2:2121 60000-60099'],
    ['no ports', '10.0.0.1:2121 10.0.0.3:21'],
  ])('%s', (_, other) => {
    expect(problems(['10.0.0.1:21 10.0.0.2:21 60000-60099', other])).toEqual([])
  })
})

test('at one address the server and the proxy would both need them', () => {
  expect(problems(['127.0.0.1:2121 127.0.0.1:2120 60000-60099'])).toEqual([
    "1:91 error the server is at the listener's own address and needs them: the proxy cannot listen there too",
  ])
  expect(problems(['127.0.0.2:2121 127.0.0.1:2120 60000-60099'])).toEqual([])
})

test('each port is a socket', () => {
  expect(problems(['10.0.0.1:21 10.0.0.2:21 60000-60999'])).toEqual([])
  expect(problems(['10.0.0.1:21 10.0.0.2:21 60000-61000'])).toEqual([
    '1:85 warning 1001 ports are as many listening sockets while a session is encrypted; a hundred are enough for most servers',
  ])
})

test('in the kernel they are none', () => {
  expect(problems(['10.0.0.1:21 10.0.0.2:21 60000-61000'], 'data-path: kernel\n')).toEqual([])
})

test('where clients are intercepted they are ports of the server alone', () => {
  const listener = 'listen: "0.0.0.0:50010", intercept: tproxy, server: original-destination'
  const text = `version: 1
data-path: kernel
passive-ports: 51000-51099
listeners:
  - { name: a, ${listener}, server-passive-ports: 1024-65535 }
  - { name: b, listen: "0.0.0.0:2121", server: "10.0.0.2:21", server-passive-ports: 60000-60099 }
`
  const errors = load([{ name: 'r', text }]).diagnostics.filter(
    ({ message }) => !message.startsWith('no rule permits'),
  )
  expect(errors).toEqual([])
})
