/** What a rule compares with, ports and addresses, as nft writes them. */
import { type Cidr, cidrCovers, formatCidr } from '../../../net/cidr.ts'
import { type IpFamily, ipFamily } from '../../../net/ip.ts'
import { formatPortRange, type PortRange } from '../../../net/port.ts'

/** One range, or a set of ranges that do not touch: overlapping intervals are refused. */
export function portsText(ranges: readonly PortRange[]): string {
  const merged: PortRange[] = []
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = merged.at(-1)
    if (last === undefined || range.first > last.last + 1) merged.push(range)
    else if (range.last > last.last)
      merged[merged.length - 1] = { first: last.first, last: range.last }
  }
  return oneOrSet(merged.map(formatPortRange))
}

/** The blocks of one family; `undefined` when there is none. */
export function blocksText(blocks: readonly Cidr[], family: IpFamily): string | undefined {
  const own = blocks.filter(({ address }) => ipFamily(address) === family)
  const kept = own.filter(
    (block, index) =>
      !own.some(
        (other, at) =>
          at !== index && cidrCovers(other, block) && (!cidrCovers(block, other) || at < index),
      ),
  )
  return kept.length === 0 ? undefined : oneOrSet(kept.map(formatCidr))
}

function oneOrSet(items: readonly string[]): string {
  return items.length === 1 ? (items[0] ?? '') : `{ ${items.join(', ')} }`
}
