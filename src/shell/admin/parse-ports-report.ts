/** Reads a report that came over the admin socket, from a process of perhaps another version. */
import { PORT_STATES } from '../../engine/nat/port-use.ts'
import {
  address,
  count,
  field,
  list,
  name,
  oneOf,
  portOf,
  portRangeOf,
  strictly,
} from '../strict-json.ts'
import {
  type HeldPort,
  type HolderReport,
  type PortsReport,
  type RangeReport,
} from './ports-report.ts'

const KEYS = ['passive-ports', 'server-passive-ports'] as const

/** `undefined` when it is none. What a later version adds is left out. */
export function parsePortsReport(value: unknown): PortsReport | undefined {
  return strictly(() => ({ ranges: list(field(value, 'ranges'), range) }))
}

function range(value: unknown): RangeReport {
  return {
    key: oneOf(KEYS, field(value, 'key')),
    listeners: list(field(value, 'listeners'), name),
    ports: portRangeOf(field(value, 'ports')),
    size: count(field(value, 'size')),
    isReserved: field(value, 'isReserved') === true,
    holders: list(field(value, 'holders'), holder),
  }
}

function holder(value: unknown): HolderReport {
  return {
    holder: address(field(value, 'holder')),
    local: address(field(value, 'local')),
    used: count(field(value, 'used')),
    open: list(field(value, 'open'), name),
    ports: list(field(value, 'ports'), heldPort),
  }
}

function heldPort(value: unknown): HeldPort {
  const held = {
    port: portOf(field(value, 'port')),
    state: oneOf(PORT_STATES, field(value, 'state')),
  }
  const session = field(value, 'session')
  return session === undefined ? held : { ...held, session: name(session) }
}
