import { expect, test } from 'vitest'
import { z } from 'zod'
import { KEY_SEPARATOR, section } from '../../../src/engine/rules/section.ts'

const pair = section({ a: z.number(), 'b-c': z.string().optional() })

test('an object with exactly its keys is taken', () => {
  expect(pair.parse({ a: 1 })).toEqual({ a: 1 })
})

test('an unknown key is refused with those that are known', () => {
  const { error } = pair.safeParse({ a: 1, d: 2 })
  expect(error?.issues).toMatchObject([
    { code: 'unrecognized_keys', keys: ['d'], message: ['a', 'b-c'].join(KEY_SEPARATOR) },
  ])
})
