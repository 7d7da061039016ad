import { expect, test } from 'vitest'
import { unreachable } from '../../src/net/unreachable.ts'

test('what the compiler ruled out names itself if it happens all the same', () => {
  expect(() => unreachable({ type: 'new' } as never)).toThrow('unreachable: {"type":"new"}')
})
