/** What it costs to open and to close a pinhole while others are open. */
import { pinholeId, sessionId } from '../../src/engine/id.ts'
import type { Pinhole } from '../../src/engine/nat/pinhole.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip, type Ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import type { Figures } from '../contest.ts'
import { quantile } from './speed.ts'

/** How one opens and closes; `open` waits until connections would be let in. */
export interface Doors {
  /** Where clients connect to: one address, or 127.9.0.0/24, where each has an endpoint of its own. */
  readonly address: Ip | 'loopback'
  readonly open: (pinholes: readonly Pinhole[]) => Promise<void>
  readonly close: (pinholes: readonly Pinhole[]) => Promise<void>
}

export const LIVE_PINHOLES: readonly number[] = [1, 1_000, 10_000]
/** Opened at one time while the others are put there. */
const BATCH = 1_000

/** Opens and closes one `times` times beside each number of others. */
export async function measureDoors(doors: Doors, times: number): Promise<Figures> {
  // The first pay for the compiler.
  await sample(doors, times)
  const opened: Pinhole[] = []
  const figures: Record<string, number> = {}
  for (const live of LIVE_PINHOLES) {
    while (opened.length < live) {
      const count = Math.min(BATCH, live - opened.length)
      const more = pinholesFrom(opened.length, count, doors.address)
      await doors.open(more)
      opened.push(...more)
    }
    const { opening, closing } = await sample(doors, times)
    figures[`open µs, ${live} live`] = quantile(opening, 0.5)
    figures[`close µs, ${live} live`] = quantile(closing, 0.5)
  }
  await doors.close(opened)
  return figures
}

async function sample(
  { address, open, close }: Doors,
  times: number,
): Promise<{ opening: readonly number[]; closing: readonly number[] }> {
  const opening: number[] = []
  const closing: number[] = []
  for (const pinhole of pinholesFrom(20_000, times, address)) {
    const start = performance.now()
    await open([pinhole])
    const opened = performance.now()
    await close([pinhole])
    opening.push((opened - start) * 1000)
    closing.push((performance.now() - opened) * 1000)
  }
  return { opening, closing }
}

/** Passive pinholes, each of a client of its own. */
function pinholesFrom(first: number, count: number, address: Doors['address']): readonly Pinhole[] {
  return Array.from({ length: count }, (_, index) => {
    const number = first + index
    const session = sessionId(`bench-${number}`)
    return {
      id: pinholeId(session, 1),
      session,
      mode: 'passive',
      peer: ip(`10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`),
      fromPorts: undefined,
      listen:
        address === 'loopback'
          ? { address: ip(`127.9.0.${1 + (number >> 12)}`), port: port(20_000 + (number & 4095)) }
          : { address, port: port(50_000 + (number % 100)) },
      dial: endpoint(ip('198.51.100.1'), port(40_000 + (number % 1000))),
      from: { address: ip('198.51.100.2'), port: undefined },
    }
  })
}
