/**
 * The names that the ruleset and its elements share. Sets and maps exist once for each family of
 * addresses, told apart by the digit at their end.
 */
import type { IpFamily } from '../../../net/ip.ts'
import type { PortRange } from '../../../net/port.ts'

/** The one table that is ours; nothing outside it is read or changed. */
export const TABLE = 'inet portcullis'

/** Set on the first packet of each connection that is let in, for other tables to accept it by. */
export const MARK = 0x0008_0000

/** NFLOG group over which the kernel tells of connections. */
export const LOG_GROUP = 2121
export const PASSED_PREFIX = 'portcullis passed'
export const DENIED_PREFIX = 'portcullis denied'

export const FAMILIES: readonly IpFamily[] = [4, 6]

/**
 * expected: who may connect, gone with the first connection · claimed: the same keys, which stay, so
 * that a second connection is denied · pinholes: where the first connection is led · sources and
 * sources_port: as whom it is shown · the same four for ranges, of either direction · cut: the two
 * directions of connections that were ended.
 */
export type SetRole =
  | 'expected'
  | 'claimed'
  | 'pinholes'
  | 'sources'
  | 'sources_port'
  | 'ranges'
  | 'range_expected'
  | 'range_sources'
  | 'active_expected'
  | 'active_sources'
  | 'cut'

export function setName(role: SetRole, family: IpFamily): string {
  return `${role}${family}`
}

/** The set of connections that are expected from certain source ports only. */
export function expectedSetName(family: IpFamily, fromPorts: PortRange | undefined): string {
  const plain = setName('expected', family)
  return fromPorts === undefined ? plain : `${plain}_${fromPorts.first}_${fromPorts.last}`
}
