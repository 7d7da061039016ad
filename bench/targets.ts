/** What Portcullis is meant to reach, and how far it is from it. */
import type { Comparison } from './comparison.ts'

export interface Target {
  readonly what: string
  /** `atLeast` or `atMost` this. */
  readonly bound: { readonly atLeast: number } | { readonly atMost: number }
  readonly unit: string
  readonly measured: (comparisons: Comparisons) => number
  /** What holds it back, where it is missed. */
  readonly reason: string
}

export class Comparisons {
  readonly #all: readonly Comparison[]

  constructor(all: readonly Comparison[]) {
    this.#all = all
  }

  /** NaN where it was not measured. */
  ratio(id: string, a: string, b: string): number {
    return this.#find(id)?.ratio(a, b) ?? Number.NaN
  }

  figure(id: string, peer: string, name: string): number {
    const row = this.#find(id)?.rows.find((each) => each.peer === peer)
    return row?.figures[name] ?? Number.NaN
  }

  #find(id: string): Comparison | undefined {
    return this.#all.find((comparison) => comparison.id === id)
  }
}

const RELAY = 'Portcullis, relay'
const KERNEL = 'Portcullis, kernel'
const SESSIONS = 'sessions-32'
const NODE =
  'a session is five sockets, and Node makes, connects and closes one in some 60 µs; inspection is a third of the rest'

export const TARGETS: readonly Target[] = [
  {
    what: 'sessions/s, of Squid',
    bound: { atLeast: 5 },
    unit: 'x',
    measured: (all) => all.ratio(SESSIONS, KERNEL, 'Squid ftp_port'),
    reason: NODE,
  },
  {
    what: 'sessions/s, of mod_proxy',
    bound: { atLeast: 20 },
    unit: 'x',
    measured: (all) => all.ratio(SESSIONS, KERNEL, 'ProFTPD mod_proxy'),
    reason: NODE,
  },
  {
    what: 'sessions/s, of SUSE ftp-proxy',
    bound: { atLeast: 2 },
    unit: 'x',
    measured: (all) => all.ratio(SESSIONS, KERNEL, 'SUSE ftp-proxy'),
    reason: NODE,
  },
  {
    what: "sessions/s, of netfilter's helper",
    bound: { atLeast: 0.8 },
    unit: 'x',
    measured: (all) => all.ratio(SESSIONS, KERNEL, 'netfilter helper'),
    reason: 'the helper rewrites packets in the kernel and has no connection of its own',
  },
  {
    what: 'CPU of a session',
    bound: { atMost: 0.25 },
    unit: ' ms',
    measured: (all) => all.figure(SESSIONS, KERNEL, 'CPU ms/session'),
    reason: NODE,
  },
  {
    what: 'NOOP p50, of HAProxy',
    bound: { atMost: 1.15 },
    unit: 'x',
    measured: (all) => all.ratio('noop', RELAY, 'HAProxy (blind)'),
    reason: 'each line is inspected and recorded before it is sent on',
  },
  {
    what: 'NOOP p99, of HAProxy',
    bound: { atMost: 1.3 },
    unit: 'x',
    measured: (all) =>
      all.figure('noop', RELAY, 'p99 µs') / all.figure('noop', 'HAProxy (blind)', 'p99 µs'),
    reason: 'garbage collection and the packet log share the thread',
  },
  {
    what: 'relay stream, of nginx stream',
    bound: { atLeast: 1.2 },
    unit: 'x',
    measured: (all) => all.ratio('retr-1', RELAY, 'nginx stream (blind)'),
    reason: 'bytes pass through one thread of Node',
  },
  {
    what: 'relay stream, of SUSE ftp-proxy',
    bound: { atLeast: 1 },
    unit: 'x',
    measured: (all) => all.ratio('retr-1', RELAY, 'SUSE ftp-proxy'),
    reason: 'bytes pass through one thread of Node',
  },
  {
    what: 'kernel stream, of plain routing',
    bound: { atLeast: 0.98 },
    unit: 'x',
    measured: (all) => all.ratio('retr-1', KERNEL, 'plain routing'),
    reason:
      'connection tracking and NAT: a router that only tracks connections is already at 0.95 (docs/operations.md)',
  },
]

export function isMet({ bound }: Target, value: number): boolean {
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost
}
