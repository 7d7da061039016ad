/**
 * The compiled, immutable form of a rule file: what the engine asks and what it is told.
 * `load.ts` makes one from YAML text, `evaluate.ts` answers from it.
 */
import type { Cidr } from '../../net/cidr.ts'
import type { Endpoint } from '../../net/endpoint.ts'
import type { Duration } from '../../net/instant.ts'
import type { Ip } from '../../net/ip.ts'
import type { Port, PortRange } from '../../net/port.ts'
import type { Checks } from './inspection.ts'

export type RuleKind = 'control' | 'active-data' | 'passive-data'

/** One line of `rules:`, compiled. `undefined` conditions match everything. */
export interface Rule {
  readonly action: 'permit' | 'deny'
  readonly kind: RuleKind
  /** Its `name`, or `rule <n>` counted from 1 over all files. */
  readonly name: string
  readonly from: readonly Cidr[] | undefined
  readonly to: readonly Cidr[] | undefined
  /** The destination port: the server's control port, or the data port connected to. */
  readonly port: PortRange | undefined
  readonly fromPort: PortRange | undefined
  readonly profile: string | undefined
}

/** What a rule may ask about: one TCP connection, from the one who opens it to the other. */
export interface Facts {
  readonly kind: RuleKind
  readonly from: Ip
  readonly to: Ip
  readonly port: Port
  /** `undefined` while the connection is only announced: see {@link Verdict.conditional}. */
  readonly fromPort: Port | undefined
}

export interface Verdict {
  readonly type: 'permit' | 'deny'
  /** The rule that decided; `undefined` when no rule matched (default deny). */
  readonly rule: Rule | undefined
  /** Permitted only if the source port turns out right: evaluate again when it is known. */
  readonly conditional: boolean
}

/** An argument of AUTH, in capitals: one of `MECHANISMS` in `fields.ts`. */
export type SecurityMechanism = string

export type TlsVersion = 'TLS1.0' | 'TLS1.1' | 'TLS1.2' | 'TLS1.3'

/** What the hellos of a TLS connection, which are clear, must and must not say. */
export interface TlsPolicy {
  /** The oldest version that may be agreed on. */
  readonly minVersion: TlsVersion
  /** Suites that may not be agreed on: IANA names in capitals, or numbers as `0xC02F`. */
  readonly ciphersDeny: ReadonlySet<string>
  /** Suites that authenticate but do not encrypt. */
  readonly nullCiphers: 'denied' | 'allowed'
  /** `require-ftp-if-present`: a client that names protocols (ALPN) names `ftp` among them. */
  readonly alpn: 'ignore' | 'require-ftp-if-present'
  /**
   * What the client may call the server (SNI), in small letters; `*.example.org` is every name with
   * one more label. `undefined`: any name, or none.
   */
  readonly serverNames: readonly string[] | undefined
}

/** How sessions of a listener behave. */
export interface Profile {
  readonly name: string
  readonly activeMode: 'allowed' | 'denied'
  /** Addresses other than the control peer's that PORT, EPRT and 227 may name (FXP). */
  readonly thirdParty: readonly Cidr[]
  /**
   * What an announcement comes to that names yet another address: it is refused, or taken to mean
   * the peer that said it, who may be behind NAT and not know how it is seen.
   */
  readonly foreignAddresses: 'refused' | 'replaced'
  readonly lineEnding: 'strict' | 'tolerant'
  /** Ports that PORT and EPRT may not name although they are 1024 or above. */
  readonly deniedPorts: readonly PortRange[]
  /** Upper-case `VERB` or `VERB ARGUMENT-WORD` (as in `SITE EXEC`). */
  readonly deniedCommands: ReadonlySet<string>
  readonly checks: Checks
  /** Whether a transfer without PORT or PASV may use the default data port (RFC 959 §3.2). */
  readonly defaultDataPort: 'allowed' | 'denied'
  readonly encryption: 'allowed' | 'required' | 'forbidden'
  /** What AUTH may ask for. */
  readonly mechanisms: ReadonlySet<SecurityMechanism>
  /** Whether an encrypted session may, must or must not become clear again with CCC. */
  readonly clearCommandChannel: 'allowed' | 'required' | 'forbidden'
  /** `static`: an opaque session reaches the {@link Listener.serverPassivePorts} while it lives. */
  readonly opaqueData: 'static' | 'deny'
  /** Whether a login made inside TLS, where it cannot be seen, counts after CCC. */
  readonly loginAfterCcc: 'kept' | 'none'
  readonly authAfterCcc: 'denied' | 'allowed'
  readonly tls: TlsPolicy
}

/**
 * When TLS begins: on AUTH, with the first byte, or with the first byte after a clear greeting.
 */
export type ListenerTls = 'explicit' | 'implicit' | 'implicit-after-greeting'

/**
 * How control connections come to a listener that clients do not know of: `redirect` has the kernel
 * change their destination, `tproxy` leaves it alone.
 */
export type Interception = 'none' | 'redirect' | 'tproxy'

/** In place of a server: the one that the client meant to connect to. */
export const ORIGINAL_DESTINATION = 'original-destination'

export interface Listener {
  readonly name: string
  readonly listen: Endpoint
  readonly intercept: Interception
  /** Control connections to this port are intercepted. */
  readonly interceptPort: Port
  /** Only those that come in here; `undefined`: wherever they come in. */
  readonly interceptInterfaces: readonly string[] | undefined
  readonly server: Endpoint | typeof ORIGINAL_DESTINATION
  /** The server sees the client's own address on control and data connections. */
  readonly keepClientAddress: boolean
  /** Set where private clients are hidden: the address of theirs that servers are told. */
  readonly nat: { readonly publicAddress: Ip } | undefined
  readonly tls: ListenerTls
  /** The server's own passive range: where opaque sessions may go, mapped 1:1. */
  readonly serverPassivePorts: PortRange | undefined
  /** What 227 tells IPv4 clients; `undefined`: the address the client connected to. */
  readonly publicAddress: Ip | undefined
}

export interface Timeouts {
  readonly connect: Duration
  readonly greeting: Duration
  readonly login: Duration
  readonly controlIdle: Duration
  readonly line: Duration
  readonly pinhole: Duration
  readonly dataConnect: Duration
  readonly dataIdle: Duration
  /** How long transfers may go on after SIGTERM. */
  readonly drain: Duration
  /** How long a failed login counts against its client. */
  readonly loginFailures: Duration
}

export interface Limits {
  readonly sessions: number
  readonly sessionsPerClient: number
  readonly commandBytes: number
  readonly replyBytes: number
  readonly replyLines: number
  /** Of one session. */
  readonly loginFailures: number
  /** Of all sessions of one address, within the timeout of that name. */
  readonly loginFailuresPerClient: number
}

export interface PacketLogOptions {
  /** A file path, or `-` for standard output. */
  readonly path: string
  /** `deny`: no new session while records cannot be written. `continue`: count what is lost. */
  readonly onFailure: 'deny' | 'continue'
}

/** `relay`: this process carries data connections. `kernel`: nftables does. */
export type DataPathName = 'relay' | 'kernel'

export interface Ruleset {
  /** Processes that share the sessions between them; 1: the one that was started does it all. */
  readonly workers: number
  readonly listeners: readonly Listener[]
  readonly passivePorts: PortRange
  readonly dataPath: DataPathName
  /** Whether the passive ports are kept from other programs of this host. */
  readonly reservePorts: boolean
  readonly profiles: ReadonlyMap<string, Profile>
  readonly rules: readonly Rule[]
  readonly timeouts: Timeouts
  readonly limits: Limits
  readonly packetLog: PacketLogOptions
}

/** Answers for one ruleset; `evaluate.ts` compiles it. */
export interface Evaluator {
  readonly ruleset: Ruleset
  evaluate(facts: Facts): Verdict
}
