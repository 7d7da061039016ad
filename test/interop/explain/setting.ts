/** How a server has to be set up for one of the circumstances that `explain` tried. */
import type { ReportedTrial } from '../../../src/explain/report.ts'
import { type Ip, ip } from '../../../src/net/ip.ts'
import { type PortRange, port } from '../../../src/net/port.ts'

export interface ServerSetting {
  readonly begins: 'explicit' | 'implicit'
  readonly ports: PortRange
  readonly announcedAddress: Ip | undefined
  /** Whether it connects from the port below its own, as root may. */
  readonly hasDataPort: boolean
}

/** Enough for some sessions one after the other. */
const PORTS_EACH = 12

export function settingFor(
  trial: ReportedTrial,
  isActive: boolean,
  begins: ServerSetting['begins'],
  known: string,
): ServerSetting {
  const first = isActive ? 61_000 : trial.dataPort
  return {
    begins,
    ports: { first: port(first), last: port(first + PORTS_EACH) },
    announcedAddress: !isActive && trial.names === 'known-address' ? ip(known) : undefined,
    hasDataPort: !isActive || trial.sourcePort === 20,
  }
}
