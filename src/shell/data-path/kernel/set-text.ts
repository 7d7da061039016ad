/** The sets and maps of the ruleset, empty. What goes into them is in `elements.ts`. */
import type { IpFamily } from '../../../net/ip.ts'
import type { PortRange } from '../../../net/port.ts'
import { expectedSetName, FAMILIES, setName } from './table-names.ts'

/** The kernel deletes from these by itself, and wants to know how large they may get. */
const EXPECTED_MAX = 65_535

/** The declarations of both families, in groups with a heading. */
export function setLines(atoms: readonly PortRange[]): readonly string[] {
  return FAMILIES.flatMap((family) => [
    ...headed(
      `IPv${family} pinholes: peer . where it really goes. "expected" loses its element to the first connection.`,
      pinholeSets(family, atoms),
    ),
    ...headed(
      'Peer . what it connects to : where that leads; and then: as whom it is shown there.',
      pinholeMaps(family),
    ),
    ...headed('The same for the port ranges of opaque sessions, while they last.', ranges(family)),
    ...headed('Both directions of connections that were ended.', cuts(family)),
  ])
}

function headed(heading: string, lines: readonly string[]): readonly string[] {
  return [`# ${heading}`, ...lines, '']
}

/** One line a set, in columns, for there are many. */
function declare(
  kind: 'set' | 'map',
  name: string,
  type: string,
  flags: string,
  size?: number,
): string {
  const limit = size === undefined ? '' : ` size ${size};`
  return `${kind} ${name.padEnd(16)} { type ${type}; flags ${flags};${limit} }`
}

function flow(family: IpFamily): string {
  return `ipv${family}_addr . ipv${family}_addr . inet_service`
}

function pinholeSets(family: IpFamily, atoms: readonly PortRange[]): readonly string[] {
  return [
    ...[undefined, ...atoms].map((atom) =>
      declare('set', expectedSetName(family, atom), flow(family), 'dynamic,timeout', EXPECTED_MAX),
    ),
    declare('set', setName('claimed', family), flow(family), 'timeout'),
  ]
}

function pinholeMaps(family: IpFamily): readonly string[] {
  const address = `ipv${family}_addr`
  const map = (role: 'pinholes' | 'sources' | 'sources_port', value: string): string =>
    declare('map', setName(role, family), `${flow(family)} : ${value}`, 'timeout')
  return [
    map('pinholes', `${address} . inet_service`),
    map('sources', address),
    map('sources_port', `${address} . inet_service`),
  ]
}

function ranges(family: IpFamily): readonly string[] {
  const address = `ipv${family}_addr`
  const map = (role: 'ranges' | 'range_sources' | 'active_sources', value: string): string =>
    declare('map', setName(role, family), `${flow(family)} : ${value}`, 'interval,timeout')
  const set = (role: 'range_expected' | 'active_expected'): string =>
    declare('set', setName(role, family), flow(family), 'interval,timeout')
  return [
    set('range_expected'),
    map('ranges', address),
    map('range_sources', address),
    set('active_expected'),
    map('active_sources', `${address} . inet_service`),
  ]
}

function cuts(family: IpFamily): readonly string[] {
  const end = `ipv${family}_addr . inet_service`
  return [declare('set', setName('cut', family), `${end} . ${end}`, 'timeout')]
}
