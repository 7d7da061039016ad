import { expect, test } from 'vitest'
import { SOURCE_PARTS_MAX } from '../../../src/engine/rules/check-source-ports.ts'
import { load } from '../../../src/engine/rules/load.ts'

/** Rules for every second port: each makes two parts, and there is one behind the last. */
function problems(count: number, dataPath: string): readonly string[] {
  const rules = Array.from(
    { length: count },
    (_, index) => `  - { permit: active-data, from-port: ${index * 2 + 1} }\n`,
  )
  const text = `version: 1\ndata-path: ${dataPath}\nrules:\n${rules.join('')}`
  return load([{ name: 'r', text }])
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ line, column, message }) => `${line - 3}:${column} ${message}`)
}

test('the kernel holds a set for each part that source ports are divided into', () => {
  const most = SOURCE_PARTS_MAX / 2
  expect(problems(most, 'kernel')).toEqual([])
  expect(problems(most + 1, 'kernel')).toEqual([
    '17:39 the source ports of all data rules divide the ports into 34 parts; with "data-path: kernel" there may be 32',
  ])
})

test('the relay asks the rules, however many they are', () => {
  expect(problems(SOURCE_PARTS_MAX, 'relay')).toEqual([])
})
