/** Everybody who is compared, in the order of the tables. */
import { BARE_NODE } from './bare-node.ts'
import { HAPROXY } from './haproxy.ts'
import { BACK_TO_BACK, KERNEL_HELPER, ROUTING } from './kernel.ts'
import { MOD_PROXY } from './mod-proxy.ts'
import { NGINX } from './nginx.ts'
import type { Peer } from './peer.ts'
import { PORTCULLIS_KERNEL, PORTCULLIS_RELAY, PORTCULLIS_WORKERS } from './portcullis.ts'
import { SQUID } from './squid.ts'
import { SUSE } from './suse.ts'

/** What the tables give ratios to. */
export const REFERENCE: Peer = HAPROXY

export const PEERS: readonly Peer[] = [
  PORTCULLIS_KERNEL,
  PORTCULLIS_RELAY,
  PORTCULLIS_WORKERS,
  BACK_TO_BACK,
  ROUTING,
  KERNEL_HELPER,
  HAPROXY,
  NGINX,
  BARE_NODE,
  SUSE,
  SQUID,
  MOD_PROXY,
]
