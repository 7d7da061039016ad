import { expect, test } from 'vitest'
import { REASONS, type Reason } from '../../src/engine/session/reason.ts'
import { profileSchema } from '../../src/engine/rules/schema.ts'
import { hintFor } from '../../src/explain/hints.ts'

const reasons = Object.keys(REASONS) as Reason[]

test.each(reasons)('%s: something would have made it otherwise', (reason) => {
  expect(hintFor(reason)).toMatch(/^[\w"].{5,}[^.]$/)
  expect(hintFor(reason)).not.toBe('nothing in the rules')
})

test('keys of the profile that are named are keys', () => {
  const named = reasons.flatMap(
    (reason) => /"([a-z-]+): \w+" in the profile/.exec(hintFor(reason))?.[1] ?? [],
  )
  expect(named.length).toBeGreaterThan(5)
  for (const key of named) {
    const issues = profileSchema.safeParse({ [key]: '?' }).error?.issues ?? []
    expect([key, issues.some(({ code }) => code === 'unrecognized_keys')]).toEqual([key, false])
  }
})
