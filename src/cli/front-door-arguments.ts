/** `--listen` and `--server` in place of a rule file: one listener in front of one server. */
import { type FrontDoorOptions, frontDoor } from '../engine/rules/built-in.ts'
import type { DataPathName, Ruleset } from '../engine/rules/ruleset.ts'
import { type Endpoint, parseEndpoint, sameEndpoint } from '../net/endpoint.ts'
import { type Ip, ipFamily, parseIp } from '../net/ip.ts'
import { formatPortRange, type PortRange, parsePortRange, rangeHas } from '../net/port.ts'
import { parseServer, type ServerArgument } from './server-argument.ts'
import { UsageError } from './usage-error.ts'

/** As the command line gives them. */
export interface FrontDoorArguments {
  readonly listen?: string | undefined
  readonly server?: string | undefined
  readonly passivePorts?: string | undefined
  readonly publicAddress?: string | undefined
  readonly dataPath?: string | undefined
}

export interface FrontDoor {
  readonly listen: Endpoint
  readonly server: ServerArgument
  readonly passivePorts: PortRange | undefined
  readonly publicAddress: Ip | undefined
  readonly dataPath: DataPathName | undefined
}

/** @throws UsageError when one is missing or makes no sense. */
export function parseFrontDoor(given: FrontDoorArguments): FrontDoor {
  const { listen, server } = given
  if (listen === undefined || server === undefined) {
    throw new UsageError(
      listen === server
        ? 'name rule files, or give --listen and --server'
        : `--${listen === undefined ? 'listen' : 'server'} is missing: a front door needs both`,
    )
  }
  return {
    listen: read('listen', listen, parseEndpoint, '0.0.0.0:21 or [::]:21'),
    server: read('server', server, parseServer, '10.0.0.5:21 or ftp.example.org:21'),
    passivePorts: readOptional('passive-ports', given.passivePorts, parsePassivePorts),
    publicAddress: readOptional('public-address', given.publicAddress, parseIpv4),
    dataPath: readOptional('data-path', given.dataPath, parseDataPath),
  }
}

/** The ruleset of a front door whose server has been found. @throws UsageError for a loop. */
export function frontDoorRuleset(door: FrontDoor, server: Endpoint): Ruleset {
  if (sameEndpoint(door.listen, server))
    throw new UsageError('--listen and --server are the same: a loop, not a server')
  const options: FrontDoorOptions = {
    listen: door.listen,
    server,
    ...(door.passivePorts === undefined ? {} : { passivePorts: door.passivePorts }),
    ...(door.dataPath === undefined ? {} : { dataPath: door.dataPath }),
  }
  const ruleset = frontDoor(options)
  if (rangeHas(ruleset.passivePorts, door.listen.port)) {
    const range = formatPortRange(ruleset.passivePorts)
    throw new UsageError(`--listen: port ${door.listen.port} is one of the passive ports ${range}`)
  }
  const { publicAddress } = door
  if (publicAddress === undefined) return ruleset
  const listeners = ruleset.listeners.map((listener) => ({ ...listener, publicAddress }))
  return { ...ruleset, listeners }
}

const EXAMPLES = {
  'passive-ports': '50000-50099',
  'public-address': 'an IPv4 address',
  'data-path': 'relay or kernel',
} as const

function readOptional<T>(
  option: keyof typeof EXAMPLES,
  text: string | undefined,
  parse: (text: string) => T | undefined,
): T | undefined {
  return text === undefined ? undefined : read(option, text, parse, EXAMPLES[option])
}

function read<T>(
  option: string,
  text: string,
  parse: (text: string) => T | undefined,
  example: string,
): T {
  const value = parse(text)
  if (value === undefined) throw new UsageError(`--${option} "${text}": expected ${example}`)
  return value
}

function parsePassivePorts(text: string): PortRange | undefined {
  const range = parsePortRange(text)
  return range !== undefined && range.first >= 1024 ? range : undefined
}

function parseDataPath(text: string): DataPathName | undefined {
  return text === 'relay' || text === 'kernel' ? text : undefined
}

/** A 227 reply can name no other. */
function parseIpv4(text: string): Ip | undefined {
  const address = parseIp(text)
  return address !== undefined && ipFamily(address) === 4 ? address : undefined
}
