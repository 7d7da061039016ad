/** What a transfer depends on beside the rules, read off the trials that worked and those that did not. */
import { formatPortRange, type PortRange, rangeHas } from '../net/port.ts'
import type { Cast } from './cast.ts'
import { type Cell, isActive } from './cell.ts'
import type { Circumstances } from './circumstances.ts'
import { merged } from './port-points.ts'
import type { Trial } from './trial.ts'

export interface Condition {
  readonly on:
    | 'server-ports'
    | 'client-ports'
    | 'source-port'
    | 'announced-address'
    | 'tls-version'
    | 'server-name'
  /** Which values are good: port ranges, an address, a version. */
  readonly values: readonly string[]
  /** Of `announced-address`: whose it has to be, if any. */
  readonly whose?: 'server' | 'proxy'
  /** Of `announced-address`: whether it is also good when clients ignore the address. */
  readonly orIgnored?: true
  /** Half a sentence, to stand behind "if". */
  readonly text: string
}

/** Each thing that makes a difference. `stretches` are those that the trials stand for. */
export function conditionsOf(
  cell: Cell,
  cast: Cast,
  trials: readonly Trial[],
  stretches: Readonly<Record<'dataPort' | 'sourcePort', readonly PortRange[]>>,
): readonly Condition[] {
  const good = trials.filter(({ step }) => step === 'done')
  const isGood = (has: (circumstances: Circumstances) => boolean): boolean =>
    good.some(({ circumstances }) => has(circumstances))
  const ports = (which: 'dataPort' | 'sourcePort'): readonly string[] | undefined => {
    const left = stretches[which].filter((one) => isGood((trial) => rangeHas(one, trial[which])))
    return left.length === stretches[which].length ? undefined : merged(left).map(formatPortRange)
  }
  const found: Condition[] = []
  const data = ports('dataPort')
  const isClients = isActive(cell)
  if (data !== undefined)
    found.push({
      on: isClients ? 'client-ports' : 'server-ports',
      values: data,
      text: `${isClients ? "the client's data ports are" : "the server's passive ports are"} within ${listed(data)}`,
    })
  const source = isActive(cell) ? ports('sourcePort') : undefined
  if (source !== undefined) {
    const text = `the server connects from port ${listed(source)}`
    found.push({ on: 'source-port', values: source, text })
  }
  const address = addressCondition(cast, good, trials)
  if (address !== undefined) found.push(address)
  const versions = new Set(trials.map(({ circumstances }) => circumstances.tlsVersion))
  if (versions.size > 1 && !isGood(({ tlsVersion }) => tlsVersion === '1.2'))
    found.push({ on: 'tls-version', values: ['1.3'], text: 'both peers speak TLS 1.3' })
  const names = new Set(trials.map(({ circumstances }) => circumstances.namesServer))
  if (names.size > 1 && !isGood(({ namesServer }) => !namesServer))
    found.push({
      on: 'server-name',
      values: [],
      text: 'the client calls the server by a name that the profile lists',
    })
  return found
}

/** The address in a 227: it is named by the server, and heeded or not by the client. */
function addressCondition(
  { server, known, isKnownInvented }: Cast,
  good: readonly Trial[],
  trials: readonly Trial[],
): Condition | undefined {
  const on = 'announced-address'
  const works = (names: Circumstances['names'], heeds: boolean): boolean | undefined => {
    const fits = ({ circumstances }: Trial): boolean =>
      circumstances.names === names && circumstances.heedsAddress === heeds
    return trials.some(fits) ? good.some(fits) : undefined
  }
  const [own, ownIgnored] = [works('own-address', true), works('own-address', false)]
  const [other, otherIgnored] = [works('known-address', true), works('known-address', false)]
  const isAllTheSame = [own, ownIgnored, other, otherIgnored].every((one) => one !== false)
  if (isAllTheSame) return undefined
  const proxy = isKnownInvented ? 'the address that clients connect to' : known.address
  if (own === true) {
    const text = `the server's 227 names its own address, ${server.address}, and not ${proxy}`
    return { on, values: [server.address], whose: 'server', text }
  }
  const ignored = 'the client ignores the address in the 227'
  if (other !== true) return { on, values: [], orIgnored: true, text: ignored }
  const text = `the server's 227 names ${proxy}`
  const named = { on, values: isKnownInvented ? [] : [known.address], whose: 'proxy' } as const
  return ownIgnored === true
    ? { ...named, orIgnored: true, text: `${text} or ${ignored}` }
    : { ...named, text }
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}`
}
