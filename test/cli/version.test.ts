import { expect, test } from 'vitest'
import { readVersion } from '../../src/cli/version.ts'

test('the version is a semantic one', () => {
  expect(readVersion()).toMatch(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/)
})
