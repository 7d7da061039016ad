/**
 * What it takes to lead control connections to the listeners that intercept: one nftables table of
 * their own and, where packets to other hosts are taken, policy routing. Text alone; nothing is
 * done here.
 */
import { formatEndpoint } from '../../net/endpoint.ts'
import { type IpFamily, ipFamily } from '../../net/ip.ts'
import type { Port } from '../../net/port.ts'
import { type Listener, ORIGINAL_DESTINATION, type Ruleset } from '../../engine/rules/ruleset.ts'
import { InterceptionError } from './interception-error.ts'
import { INTERCEPT_MARK, type IpCommand, routingSteps } from './policy-routing.ts'

/** The one table of interception; no other is read or changed. */
export const INTERCEPT_TABLE = 'inet portcullis_intercept'

interface Chain {
  readonly name: string
  readonly hook: string
  readonly rules: readonly string[]
}

export interface InterceptionPlan {
  readonly chains: readonly Chain[]
  /** Families whose marked packets are delivered to this host; none where `redirect` does it all. */
  readonly routed: readonly IpFamily[]
}

const MARK = `meta mark set meta mark or 0x${INTERCEPT_MARK.toString(16)}`
const UNSPECIFIED = new Set<string>(['0.0.0.0', '::'])
/** `lo` is IFNAMSIZ - 1 at the longest; no character that means something to nft. */
const INTERFACE = /^[A-Za-z0-9_.:@-]{1,15}$/

/**
 * `undefined` where no listener needs any.
 * @throws InterceptionError when a listener cannot be led to.
 */
export function planInterception({ listeners }: Ruleset): InterceptionPlan | undefined {
  const redirecting = listeners.filter(({ intercept }) => intercept === 'redirect')
  const diverting = listeners.filter(({ intercept }) => intercept === 'tproxy')
  const keeping = listeners.filter(({ keepClientAddress }) => keepClientAddress)
  const transparent = [...diverting, ...keeping]
  const chains: readonly Chain[] = [
    {
      name: 'lead_in',
      hook: 'type nat hook prerouting priority dstnat; policy accept;',
      rules: redirecting.flatMap(redirectRules),
    },
    {
      name: 'take_in',
      hook: 'type filter hook prerouting priority mangle; policy accept;',
      rules: [
        ...deliverRules('dport', diverting, ({ interceptPort }) => interceptPort),
        ...deliverRules('sport', keeping, ({ server, interceptPort }) =>
          server === ORIGINAL_DESTINATION ? interceptPort : server.port,
        ),
        ...diverting.flatMap(tproxyRules),
      ],
    },
  ].filter(({ rules }) => rules.length > 0)
  if (chains.length === 0) return undefined
  const routed = ([4, 6] as const).filter((family) =>
    transparent.some((listener) => families(listener).includes(family)),
  )
  return { chains, routed }
}

/** The table as a file for `nft -f`, which replaces one that is there. */
export function formatInterceptionTable({ chains }: InterceptionPlan): string {
  const body = chains.flatMap(({ name, hook, rules }) => [
    `  chain ${name} {`,
    `    ${hook}`,
    ...rules.map((rule) => `    ${rule}`),
    '  }',
  ])
  return [
    `add table ${INTERCEPT_TABLE}`,
    `delete table ${INTERCEPT_TABLE}`,
    `table ${INTERCEPT_TABLE} {`,
    ...body,
    '}',
    '',
  ].join('\n')
}

/** What an administrator types to install it, a line each. */
export function installCommands(plan: InterceptionPlan): readonly string[] {
  return [
    ...routingSteps(plan.routed).map(({ add }) => formatIpCommand(add)),
    `nft 'add table ${INTERCEPT_TABLE}'`,
    ...plan.chains.flatMap(({ name, hook, rules }) => [
      `nft 'add chain ${INTERCEPT_TABLE} ${name} { ${hook} }'`,
      ...rules.map((rule) => `nft 'add rule ${INTERCEPT_TABLE} ${name} ${rule}'`),
    ]),
  ]
}

/** What takes it away again. */
export function removeCommands(plan: InterceptionPlan): readonly string[] {
  return [
    `nft 'delete table ${INTERCEPT_TABLE}'`,
    ...routingSteps(plan.routed)
      .toReversed()
      .map(({ remove }) => formatIpCommand(remove)),
  ]
}

function formatIpCommand(args: IpCommand): string {
  return ['ip', ...args].join(' ')
}

/** `redirect` leads to the address of the interface; a listener on one address needs `dnat`. */
function redirectRules(listener: Listener): readonly string[] {
  const { address, port } = listener.listen
  if (isLoopback(address))
    throw new InterceptionError(
      `listener ${listener.name}: redirected connections cannot reach ${address}; ` +
        'listen on 0.0.0.0, [::] or an address of the interface they come in by',
    )
  return families(listener).map((family) => {
    const ip = family === 4 ? 'ip' : 'ip6'
    const to = UNSPECIFIED.has(address)
      ? `redirect to :${port}`
      : `dnat ${ip} to ${formatEndpoint(listener.listen)}`
    return `${match(listener, family)} ${to}`
  })
}

/**
 * Connections that the process has with addresses of others. Control connections alone, by their
 * port: to look for a socket costs, and data connections come by in far more packets. Not wildcard
 * sockets: a listener would take every connection to its port on any host.
 */
function deliverRules(
  side: 'sport' | 'dport',
  listeners: readonly Listener[],
  portOf: (listener: Listener) => Port,
): readonly string[] {
  if (listeners.length === 0) return []
  const ports = [...new Set(listeners.map(portOf))].toSorted((a, b) => a - b)
  return [
    `tcp ${side} { ${ports.join(', ')} } socket transparent 1 socket wildcard 0 ${MARK} accept`,
  ]
}

function tproxyRules(listener: Listener): readonly string[] {
  const { address, port } = listener.listen
  const to = UNSPECIFIED.has(address) ? `:${port}` : formatEndpoint(listener.listen)
  return families(listener).map(
    (family) =>
      `${match(listener, family)} ${MARK} tproxy ${family === 4 ? 'ip' : 'ip6'} to ${to} accept`,
  )
}

/** Who connects to this host itself means this host. */
function match({ name, interceptInterfaces, interceptPort }: Listener, family: IpFamily): string {
  const strange = interceptInterfaces?.find((word) => !INTERFACE.test(word))
  if (strange !== undefined)
    throw new InterceptionError(`listener ${name}: "${strange}" is no name of an interface`)
  const names = interceptInterfaces?.map((word) => `"${word}"`).join(', ')
  const where = names === undefined ? '' : `iifname { ${names} } `
  // The port first: it is compared for every packet, and the look into the routes is dear.
  return `meta nfproto ipv${family} ${where}tcp dport ${interceptPort} fib daddr type != local`
}

/** `[::]` takes IPv4 as well. */
export function families({ listen }: Pick<Listener, 'listen'>): readonly IpFamily[] {
  return listen.address === '::' ? [4, 6] : [ipFamily(listen.address)]
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
