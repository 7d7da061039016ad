/** What holds when a rule file says nothing. One place, each value with its reason. */
import { duration } from '../../net/instant.ts'
import { type PortRange, port } from '../../net/port.ts'
import type { Limits, PacketLogOptions, Profile, Timeouts } from './ruleset.ts'

export interface Defaults {
  readonly passivePorts: PortRange
  readonly profile: Omit<Profile, 'name'>
  readonly timeouts: Timeouts
  readonly limits: Limits
  readonly packetLog: PacketLogOptions
}

const second = 1000
const minute = 60 * second

export const DEFAULTS: Defaults = Object.freeze<Defaults>({
  // A hundred ports, above what services listen on. Linux picks source ports of its own from
  // 32768-60999, so now and then one is taken: then another of the range is tried.
  passivePorts: range(50_000, 50_099),
  profile: Object.freeze<Omit<Profile, 'name'>>({
    // Active mode is what most scripted clients still use.
    activeMode: 'allowed',
    // FXP is how a bounce is done; who needs it names the addresses.
    thirdParty: Object.freeze([]),
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
    // Without PORT or PASV the data port is the client's own control port: nobody announces it.
    defaultDataPort: 'denied',
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
