/** Whether this host forwards at all. It is the administrator's to decide, and easily forgotten. */
import { readFileSync } from 'node:fs'
import type { Ruleset } from '../../../engine/rules/ruleset.ts'
import { type Ip, ipFamily, type IpFamily } from '../../../net/ip.ts'

const SWITCHES = {
  4: { name: 'net.ipv4.ip_forward', path: '/proc/sys/net/ipv4/ip_forward' },
  6: { name: 'net.ipv6.conf.all.forwarding', path: '/proc/sys/net/ipv6/conf/all/forwarding' },
} as const satisfies Record<IpFamily, { name: string; path: string }>

/** One warning for each family that the rule file speaks of and this host does not forward. */
export function forwardingWarnings(
  ruleset: Ruleset,
  read: (path: string) => string | undefined = readSwitch,
): readonly string[] {
  return familiesOf(ruleset).flatMap((family) => {
    const { name, path } = SWITCHES[family]
    if (read(path)?.trim() !== '0') return []
    return [
      `this host does not forward IPv${family}: no data connection will pass (sysctl ${name}=1)`,
    ]
  })
}

/** Whether this host forwards packets of a family, and so what it does not take. */
export function forwards(
  family: IpFamily,
  read: (path: string) => string | undefined = readSwitch,
): boolean {
  return read(SWITCHES[family].path)?.trim() === '1'
}

function familiesOf({ listeners, rules }: Ruleset): readonly IpFamily[] {
  const addresses: Ip[] = [
    ...listeners.map(({ listen }) => listen.address),
    ...rules.flatMap(({ from, to }) =>
      [...(from ?? []), ...(to ?? [])].map(({ address }) => address),
    ),
  ]
  const families = new Set(addresses.map(ipFamily))
  return families.size === 0 ? [4] : [...families].toSorted((a, b) => a - b)
}

function readSwitch(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // A kernel without this family forwards none of it, and says so elsewhere.
  }
}
