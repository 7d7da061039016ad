/** What holds when a rule file says nothing. One place, each value with its reason. */
import { duration } from '../../net/instant.ts'
import { type Port, type PortRange, port } from '../../net/port.ts'
import type { Checks, SwitchActions } from './inspection.ts'
import type {
  DataPathName,
  Limits,
  ListenerTls,
  PacketLogOptions,
  Profile,
  Timeouts,
  TlsPolicy,
} from './ruleset.ts'

export interface Defaults {
  readonly workers: number
  readonly listenerTls: ListenerTls
  readonly interceptPort: Port
  /** Where TLS comes first. */
  readonly interceptPortImplicit: Port
  readonly passivePorts: PortRange
  readonly dataPath: DataPathName
  readonly reservePorts: boolean
  readonly profile: Omit<Profile, 'name'>
  readonly timeouts: Timeouts
  readonly limits: Limits
  readonly packetLog: PacketLogOptions
}

const second = 1000
const minute = 60 * second

export const DEFAULTS: Defaults = Object.freeze<Defaults>({
  // One log with one chain, and every client has every port.
  workers: 1,
  // Port 21, where sessions begin clear, is where nearly every server is.
  listenerTls: 'explicit',
  interceptPort: port(21),
  interceptPortImplicit: port(990),
  // The data path that needs no privilege.
  dataPath: 'relay',
  // A setting of the whole host is changed for those who ask.
  reservePorts: false,
  // A hundred ports, above what services listen on. Linux picks source ports of its own from
  // 32768-60999, so now and then one is taken: then another of the range is tried.
  passivePorts: range(50_000, 50_099),
  profile: Object.freeze<Omit<Profile, 'name'>>({
    // Active mode is what most scripted clients still use.
    activeMode: 'allowed',
    // FXP is how a bounce is done; who needs it names the addresses.
    thirdParty: Object.freeze([]),
    // A probe for other hosts looks like a mistake where it is put right.
    foreignAddresses: 'refused',
    // A line that ends in LF alone is read differently by different servers.
    lineEnding: 'strict',
    // Services that do harm on the first bytes they are sent, and would be reached by a bounce.
    deniedPorts: Object.freeze([
      range(1433), // Microsoft SQL Server
      range(3306), // MySQL
      range(3389), // Remote Desktop
      range(5432), // PostgreSQL
      range(5900), // VNC
      range(6000, 6063), // X11
      range(6379), // Redis
      range(8080), // HTTP proxies and application servers
      range(9200), // Elasticsearch
      range(11_211), // memcached
      range(27_017), // MongoDB
    ]),
    deniedCommands: new Set<string>(),
    checks: Object.freeze<Checks>({
      actions: Object.freeze<SwitchActions>({
        // Client, server and proxy would disagree about what such a line says.
        'embedded-commands': 'deny',
        'bare-line-feeds': 'deny',
        'malformed-addresses': 'deny',
        'reply-spoofing': 'deny',
        // Nobody who asks a client for something is an FTP server.
        'command-spoofing': 'reset',
        // RFC 2577 §3
        'low-ports': 'deny',
        // Runs programs on the server (RFC 2577 §9, CERT CA-95:16); few servers still know it.
        'site-exec': 'deny',
        // What honest clients do as well, and what the engine is safe from in other ways.
        'truncated-commands': 'off',
        pipelining: 'off',
        'unacknowledged-commands': 'off',
        'eight-bit': 'off',
        rest: 'off',
        'unknown-verbs': 'off',
        banner: 'off',
        'syst-reply': 'off',
      }),
      lists: Object.freeze({ 'file-names': [], 'file-types': [], users: [] }),
    }),
    // Without PORT or PASV the data port is the client's own control port: nobody announces it.
    defaultDataPort: 'denied',
    // A firewall that refuses AUTH makes clients send passwords in clear.
    encryption: 'allowed',
    // All that servers offer, without the two of RFC 2228 that hardly any speaks.
    mechanisms: new Set(['TLS', 'TLS-C', 'TLS-P', 'SSL']),
    // CCC is the client's wish to be read: the passwords are past by then.
    clearCommandChannel: 'allowed',
    // Only where a listener names the server's range; between the session's own hosts, while it lives.
    opaqueData: 'static',
    // Without this every session that sends CCC would have to log in twice, the second time in clear.
    loginAfterCcc: 'kept',
    // RFC 4217 §15.3: AUTH and CCC in a loop cost the server much and the client little.
    authAfterCcc: 'denied',
    tls: Object.freeze<TlsPolicy>({
      // RFC 8996 retired 1.0 and 1.1; every client of the last ten years speaks 1.2.
      minVersion: 'TLS1.2',
      ciphersDeny: new Set<string>(),
      // A session that looks encrypted and can be read by anybody.
      nullCiphers: 'denied',
      // A browser that was lured to an FTP port names http/1.1 or h2. FTP clients name ftp or nothing.
      alpn: 'require-ftp-if-present',
      // Few FTP clients name the server at all.
      serverNames: undefined,
    }),
  }),
  timeouts: Object.freeze<Timeouts>({
    // A server on the same network answers in milliseconds; clients give up after a minute.
    connect: duration(10 * second),
    // Servers look the client's name up before they greet.
    greeting: duration(30 * second),
    // Long enough to type a password, short enough that idle strangers do not fill the table.
    login: duration(60 * second),
    // RFC 959 names no value; 15 minutes is what common servers use, and they close first.
    controlIdle: duration(15 * minute),
    // A command line is one packet; a line that takes longer is a slow drip.
    line: duration(30 * second),
    // From the announcement to the data connection: one round trip, with room for retransmission.
    pinhole: duration(30 * second),
    // As `connect`, for the second leg of a data connection.
    dataConnect: duration(10 * second),
    // A stalled transfer; tape robots and slow links need minutes.
    dataIdle: duration(5 * minute),
    // What a service manager waits before it kills.
    drain: duration(30 * second),
    // Long enough to make guessing hopeless, short enough for people who have to wait.
    loginFailures: duration(10 * minute),
  }),
  limits: Object.freeze<Limits>({
    // At some 9 KB and four descriptors a session this is within one process.
    sessions: 10_000,
    // Parallel downloaders open ten; a whole office may hide behind one address.
    sessionsPerClient: 100,
    // The longest path most systems take.
    commandBytes: 4096,
    replyBytes: 4096,
    // FEAT, HELP and STAT of a directory come as multi-line replies.
    replyLines: 1000,
    // RFC 2577 §5 says three to five.
    loginFailures: 5,
    // Ten sessions of them; a whole office with wrong passwords may hide behind one address.
    loginFailuresPerClient: 50,
  }),
  packetLog: Object.freeze<PacketLogOptions>({
    path: 'portcullis.log.jsonl',
    // What cannot be recorded does not happen.
    onFailure: 'deny',
  }),
})

function range(first: number, last: number = first): PortRange {
  return Object.freeze<PortRange>({ first: port(first), last: port(last) })
}
