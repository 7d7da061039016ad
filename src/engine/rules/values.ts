/** The zod types of single values; `fields.ts` reads them, `schema.ts` puts them into sections. */
import { z } from 'zod'
import type { Cidr } from '../../net/cidr.ts'
import type { Endpoint } from '../../net/endpoint.ts'
import type { Duration } from '../../net/instant.ts'
import { type Ip, ipFamily } from '../../net/ip.ts'
import { complete, malformed, type Parsed } from '../../net/parsed.ts'
import { type Port, type PortRange, rangesOverlap } from '../../net/port.ts'
import {
  readCidr,
  readCipherSuite,
  readDeniedCommand,
  readDuration,
  readEndpoint,
  readExtensionPattern,
  readIp,
  readMechanism,
  readName,
  readNamePattern,
  readPorts,
  readServerName,
  readTlsVersion,
} from './fields.ts'
import type { Pattern } from './pattern.ts'
import {
  type Listener,
  ORIGINAL_DESTINATION,
  type SecurityMechanism,
  type TlsVersion,
} from './ruleset.ts'
import { suggest } from './suggest.ts'

const endpoint = text<Endpoint>('an address and a port, as 10.0.0.1:21', readEndpoint)

export const duration: z.ZodType<Duration, string> = text(
  'a duration, as 30s, 15m or 2h',
  readDuration,
)
export const name: z.ZodType<string, string> = text('a name', readName)
export const deniedCommand: z.ZodType<string, string> = text(
  'a command, as DELE',
  readDeniedCommand,
)

export const namePattern: z.ZodType<Pattern, string> = text('a pattern, as *.exe', readNamePattern)

export const extensionPattern: z.ZodType<Pattern, string> = text(
  'a file type, as exe',
  readExtensionPattern,
)

export const ports: z.ZodType<PortRange, string | number> = z
  .union([z.string(), z.number()], { error: wrongType('a port or a range, as 50000-50099') })
  .transform((value, context) => take(readPorts(value), context))

/** `undefined` is `any`. */
export const addresses: z.ZodType<readonly Cidr[] | undefined, string | unknown[]> = z
  .union([z.string(), z.array(z.unknown())], {
    error: wrongType('any, an address, a CIDR block, or a list of them'),
  })
  .transform((value, context) => {
    if (value === 'any') return undefined
    if (!Array.isArray(value)) return [take(readCidr(value), context)]
    const blocks = readCidrs(value, context)
    return everywhere(blocks) ? undefined : blocks
  })

export const thirdParty: z.ZodType<readonly Cidr[], string | unknown[]> = z
  .union([z.literal('deny'), z.array(z.unknown())], {
    error: wrongType('deny, or a list of addresses and CIDR blocks'),
  })
  .transform((value, context) => (value === 'deny' ? [] : readCidrs(value, context)))

export const deniedPorts: z.ZodType<readonly PortRange[]> = z
  .array(ports, { error: wrongType('a list of ports and ranges') })
  .superRefine((ranges, context) => {
    ranges.forEach((range, index) => {
      const message = 'overlaps a port or range earlier in this list'
      if (ranges.slice(0, index).some((earlier) => rangesOverlap(earlier, range)))
        context.addIssue({ code: 'custom', message, path: [index] })
    })
  })

/** A range for passive mode: clients and the engine refuse data ports below 1024. */
export const passivePorts: z.ZodType<PortRange, string | number> = ports.superRefine(
  (range, context) => {
    const message = 'passive ports begin at 1024: clients do not connect to lower ones'
    if (range.first < 1024) context.addIssue({ code: 'custom', message })
  },
)

export const listenEndpoint: z.ZodType<Endpoint, string> = endpoint.superRefine(
  (value, context) => {
    if (!isUnspecified(value.address)) refuseUnusable(value.address, context)
  },
)

/** A fixed server, or the one that the client of an intercepting listener meant. */
export const listenerServer: z.ZodType<Listener['server'], string> = text<Listener['server']>(
  `an address and a port, as 10.0.0.1:21, or ${ORIGINAL_DESTINATION}`,
  readServer,
).superRefine((value, context) => {
  if (value !== ORIGINAL_DESTINATION) refuseUnusable(value.address, context)
})

function readServer(value: string): Parsed<Listener['server']> {
  if (value === ORIGINAL_DESTINATION) return complete(value)
  return suggest(value, [ORIGINAL_DESTINATION]) === undefined
    ? readEndpoint(value)
    : malformed(`did you mean "${ORIGINAL_DESTINATION}"?`)
}

export const onePort: z.ZodType<Port, string | number> = ports
  .refine(({ first, last }) => first === last, 'expected one port, not a range')
  .transform(({ first }) => first)

/** Names of network interfaces, as the kernel allows them. */
export const interfaces: z.ZodType<readonly string[], readonly string[]> = z
  .array(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,14}$/, 'expected the name of an interface'),
    {
      error: wrongType('a list of network interfaces, as [eth0]'),
    },
  )
  .min(1, 'the list is empty, so nothing would be intercepted: leave it out for every interface')

export const publicAddress: z.ZodType<Ip, string> = text('an IPv4 address', readIp).superRefine(
  (address, context) => {
    const message = 'only IPv4 clients are told an address (in 227), so this must be IPv4'
    if (ipFamily(address) === 6) context.addIssue({ code: 'custom', message })
    else refuseUnusable(address, context)
  },
)

/** An empty list is none: AUTH is refused whatever it asks for. */
export const mechanisms: z.ZodType<readonly SecurityMechanism[], readonly string[]> = z.array(
  text('a security mechanism, as TLS', readMechanism),
  { error: wrongType('a list of security mechanisms, as [TLS, TLS-C]') },
)

export const tlsVersion: z.ZodType<TlsVersion, string | number> = z
  .union([z.string(), z.number()], { error: wrongType('a version of TLS, as TLS1.2') })
  .transform((value, context) => take(readTlsVersion(value), context))

export const cipherSuites: z.ZodType<readonly string[], readonly string[]> = z.array(
  text('a cipher suite, as TLS_RSA_WITH_RC4_128_SHA', readCipherSuite),
  { error: wrongType('a list of cipher suites') },
)

export const serverNames: z.ZodType<readonly string[], readonly string[]> = z
  .array(text('a server name, as ftp.example.org', readServerName), {
    error: wrongType('a list of server names'),
  })
  .min(1, 'the list is empty, so nobody could begin TLS: leave it out for any name')

/** A whole number from `least` to `most`. */
export function count(least: number, most: number): z.ZodType<number, number> {
  const message = `expected a whole number from ${least} to ${most}`
  return z
    .number({ error: (issue) => (issue.input === undefined ? undefined : message) })
    .refine((value) => Number.isInteger(value) && value >= least && value <= most, message)
}

/** A text that `read` understands; `what` is said when it is no text at all. */
function text<T>(what: string, read: (text: string) => Parsed<T>): z.ZodType<T, string> {
  return z
    .string({ error: wrongType(what) })
    .transform((value, context) => take(read(value), context))
}

/** Leaves a missing key to whoever reads the issues: there the wording is the same for all. */
function wrongType(what: string): z.core.$ZodErrorMap {
  return (issue) => (issue.input === undefined ? undefined : `expected ${what}`)
}

function take<T>(parsed: Parsed<T>, context: z.core.$RefinementCtx, index?: number): T {
  if (parsed.type === 'complete') return parsed.value
  const path = index === undefined ? [] : [index]
  context.issues.push({ code: 'custom', input: context.value, message: parsed.problem, path })
  return z.NEVER
}

/** An empty list must never come to mean "all" or, unnoticed, "none". */
function readCidrs(values: readonly unknown[], context: z.core.$RefinementCtx): Cidr[] {
  if (values.length === 0) {
    const message = 'the list is empty, so nothing can match: name at least one address'
    context.issues.push({ code: 'custom', input: values, message })
  }
  return values.map((value, index) => {
    if (typeof value === 'string' && value !== 'any') return take(readCidr(value), context, index)
    const problem =
      value === 'any' ? 'any stands alone, not in a list' : 'expected an address or a CIDR block'
    return take<Cidr>({ type: 'malformed', problem }, context, index)
  })
}

/** `[0.0.0.0/0, "::/0"]` is `any` in other words. */
function everywhere(blocks: readonly (Cidr | undefined)[]): boolean {
  return [4, 6].every((family) =>
    blocks.some((block) => block?.prefix === 0 && ipFamily(block.address) === family),
  )
}

function isUnspecified(address: Ip): boolean {
  return address === '0.0.0.0' || address === '::'
}

/** Neither a listener nor a server can be at these, whatever the topology. */
function refuseUnusable(address: Ip, context: z.core.$RefinementCtx): void {
  const first = ipFamily(address) === 4 ? Number(address.split('.')[0]) : undefined
  let message: string | undefined
  if (isUnspecified(address)) message = 'this means every address, not one'
  else if (first === 0) message = 'no host has an address that begins with 0'
  else if (first === undefined ? address.startsWith('ff') : first >= 224 && first < 240)
    message = 'this is a multicast address'
  else if (first !== undefined && first >= 240) message = 'no host has an address from 240.0.0.0 on'
  if (message !== undefined) context.addIssue({ code: 'custom', message })
}
