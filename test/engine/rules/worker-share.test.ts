import fc from 'fast-check'
import { expect, test } from 'vitest'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import { shareOf, sliceOf } from '../../../src/engine/rules/worker-share.ts'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { eachPort, port, portRange, rangeSize } from '../../../src/net/port.ts'

test('every port is in exactly one slice, and slices are of nearly one size', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1024, max: 60_000 }),
      fc.integer({ min: 0, max: 5_000 }),
      (workers, first, more) => {
        const range = portRange(first, first + workers - 1 + more)
        const slices = Array.from({ length: workers }, (_, index) =>
          sliceOf(range, { worker: index + 1, workers }),
        )
        expect(slices.flatMap((slice) => [...eachPort(slice)])).toEqual([...eachPort(range)])
        const sizes = slices.map(rangeSize)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      },
    ),
  )
})

test('fewer ports than workers are none for one of them', () => {
  expect(() => sliceOf(portRange(2000, 2000), { worker: 1, workers: 2 })).toThrow(RangeError)
})

test('everything but the passive ports is the same for all', () => {
  const at = (address: string): ReturnType<typeof endpoint> => endpoint(ip(address), port(21))
  const whole = frontDoor({ listen: at('127.0.0.1'), server: at('127.0.0.2') })
  const share = shareOf(whole, { worker: 2, workers: 2 })
  expect(share).toEqual({ ...whole, passivePorts: portRange(50_050, 50_099) })
})
