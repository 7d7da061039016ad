import { expect, test } from 'vitest'
import { Login } from '../../../src/engine/session/login.ts'

/** Commands and their final replies, in order. */
function after(...exchanges: readonly (readonly [verb: string, code: number])[]): Login {
  const login = new Login()
  for (const [verb, code] of exchanges) {
    login.commandSent(verb)
    login.replied(verb, code)
  }
  return login
}

test.each([
  [[['USER', 230]], true],
  [
    [
      ['USER', 331],
      ['PASS', 230],
    ],
    true,
  ],
  [
    [
      ['USER', 331],
      ['PASS', 332],
      ['ACCT', 230],
    ],
    true,
  ],
  [
    [
      ['USER', 331],
      ['PASS', 232],
    ],
    true,
  ],
  [[], false],
  [[['USER', 331]], false],
  [
    [
      ['USER', 331],
      ['PASS', 530],
    ],
    false,
  ],
  [
    [
      ['USER', 331],
      ['PASS', 202],
    ],
    false,
  ],
  [[['NOOP', 230]], false],
  [[['STAT', 232]], false],
  [
    [
      ['USER', 230],
      ['NOOP', 200],
    ],
    true,
  ],
  [
    [
      ['USER', 230],
      ['CWD', 550],
    ],
    true,
  ],
  [
    [
      ['USER', 230],
      ['USER', 530],
    ],
    false,
  ],
  [
    [
      ['USER', 230],
      ['PASS', 503],
    ],
    true,
  ],
  [
    [
      ['USER', 230],
      ['REIN', 220],
    ],
    false,
  ],
  [
    [
      ['USER', 230],
      ['REIN', 120],
    ],
    false,
  ],
  [
    [
      ['USER', 230],
      ['REIN', 502],
    ],
    true,
  ],
] as const)('%j: logged in %s', (exchanges, expected) => {
  expect(after(...exchanges).isLoggedIn).toBe(expected)
})

test('a USER that is not answered yet has already ended the login', () => {
  const login = after(['USER', 230])
  login.commandSent('USER')
  expect(login.isLoggedIn).toBe(false)
})

test.each([
  [[['USER', 331]], true],
  [
    [
      ['USER', 331],
      ['PASS', 332],
    ],
    true,
  ],
  [
    [
      ['USER', 331],
      ['PASS', 230],
    ],
    false,
  ],
  [
    [
      ['USER', 331],
      ['PASS', 530],
    ],
    false,
  ],
  [
    [
      ['USER', 331],
      ['NOOP', 200],
    ],
    true,
  ],
  [
    [
      ['USER', 331],
      ['REIN', 220],
    ],
    false,
  ],
  [
    [
      ['USER', 331],
      ['REIN', 502],
    ],
    true,
  ],
  [[['RNFR', 350]], false],
] as const)('%j: a secret is awaited %s', (exchanges, expected) => {
  expect(after(...exchanges).isAwaitingSecret).toBe(expected)
})
