import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ip, ipFromBytes } from '../../../src/net/ip.ts'
import { chooseWorker } from '../../../src/shell/workers/choose-worker.ts'

test('always the same worker, and always one of them', () => {
  const address = fc
    .array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 })
    .map(ipFromBytes)
  fc.assert(
    fc.property(address, fc.integer({ min: 1, max: 64 }), (client, workers) => {
      const worker = chooseWorker(client, workers)
      expect(worker).toBeGreaterThanOrEqual(1)
      expect(worker).toBeLessThanOrEqual(workers)
      expect(chooseWorker(client, workers)).toBe(worker)
    }),
  )
})

/** How many of 1000 clients each of four workers has. */
function spread(client: (index: number) => string): readonly number[] {
  const counts = [0, 0, 0, 0]
  for (let index = 0; index < 1_000; index++) {
    const worker = chooseWorker(ip(client(index)), 4) - 1
    counts[worker] = (counts[worker] ?? 0) + 1
  }
  return counts
}

test.each([
  ['neighbours', (index: number) => `10.1.${index >> 8}.${index & 255}`],
  ['even addresses alone', (index: number) => `10.${index >> 7}.7.${(index & 127) * 2}`],
  ['one of each network', (index: number) => `10.${index >> 8}.${index & 255}.1`],
  ['IPv6 neighbours', (index: number) => `2001:db8::${(index + 1).toString(16)}`],
])('%s are spread over all', (_, client) => {
  for (const count of spread(client)) {
    expect(count).toBeGreaterThan(190)
    expect(count).toBeLessThan(310)
  }
})

test('which worker it is does not change with a release: logs of one client stay together', () => {
  expect(
    ['192.0.2.1', '192.0.2.2', '198.51.100.7', '2001:db8::1'].map((text) =>
      chooseWorker(ip(text), 8),
    ),
  ).toMatchInlineSnapshot(`
    [
      3,
      7,
      4,
      8,
    ]
  `)
})
