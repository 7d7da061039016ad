import { expect, test } from 'vitest'
import { InterceptionError } from '../../../src/shell/intercept/interception-error.ts'
import { installInterception } from '../../../src/shell/intercept/installation.ts'
import type { InterceptionPlan } from '../../../src/shell/intercept/plan.ts'

const PLAN: InterceptionPlan = {
  chains: [{ name: 'c', hook: 'type filter hook prerouting priority mangle;', rules: ['accept'] }],
  routed: [4, 6],
}
const ADDED = [
  'ip -4 route add local default dev lo table 2121',
  'ip -4 rule add pref 2121 fwmark 0x100000/0x100000 lookup 2121',
  'ip -6 route add local default dev lo table 2121',
  'ip -6 rule add pref 2121 fwmark 0x100000/0x100000 lookup 2121',
]

/** A host on which what is removed must be there, and in which `broken` fails. */
function host(broken?: RegExp): {
  readonly done: string[]
  readonly outside: Parameters<typeof installInterception>[1]
  readonly rules: string[]
} {
  const done: string[] = []
  const rules: string[] = []
  const note = (line: string): void => {
    if (broken?.test(line) === true)
      throw Object.assign(new Error(`no: ${line}`), { code: 'EPERM' })
    done.push(line)
  }
  return {
    done,
    rules,
    outside: {
      nft: { run: (text) => note(`nft ${text.split('\n').at(-2) ?? text}`) },
      runIp: (args) => {
        const line = ['ip', ...args].join(' ')
        if (args[2] === 'add') rules.push(line)
        if (args[2] === 'del') {
          const index = rules.indexOf(line.replace(' del ', ' add '))
          if (index === -1) throw new InterceptionError('there is no such rule')
          rules.splice(index, 1)
        }
        note(line)
      },
    },
  }
}

test('it takes away what it put in, the other way round, and once', () => {
  const { done, outside, rules } = host()
  const installation = installInterception(PLAN, outside)
  expect(done.splice(0)).toEqual([...ADDED, 'nft }'])
  expect(installation.remove()).toEqual([])
  expect(done.splice(0)).toEqual([
    'nft delete table inet portcullis_intercept',
    ...ADDED.map((line) => line.replace(' add ', ' del ')).toReversed(),
  ])
  expect(rules).toEqual([])
  expect(installation.remove()).toEqual([])
  expect(done).toEqual([])
})

test('what killed predecessors left is gone before', () => {
  const { done, outside, rules } = host()
  const left = ADDED[3] ?? ''
  rules.push(left, left)
  installInterception(PLAN, outside)
  expect(done.slice(0, 2)).toEqual(Array(2).fill(left.replace(' add ', ' del ')))
  expect(rules).toEqual(ADDED)
})

test('a table that is refused leaves no routing behind', () => {
  const { outside, rules } = host(/^nft/)
  expect(() => installInterception(PLAN, outside)).toThrow(
    'interception cannot be installed: it needs CAP_NET_ADMIN. Run as root, or install it by hand',
  )
  expect(rules).toEqual([])
})

test('a route that is refused leaves nothing behind', () => {
  const { done, outside, rules } = host(/-6 route add/)
  expect(() => installInterception(PLAN, outside)).toThrow(InterceptionError)
  expect(rules.filter((line) => line.includes('-4'))).toEqual([])
  expect(done.filter((line) => line.startsWith('nft'))).toEqual([])
})

test('what cannot be taken away is told, and the rest is taken away all the same', () => {
  const { outside, rules } = host(/delete table/)
  const installation = installInterception(PLAN, outside)
  expect(installation.remove()).toEqual(['no: nft delete table inet portcullis_intercept'])
  expect(rules).toEqual([])
})
