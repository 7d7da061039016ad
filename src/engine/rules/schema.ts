/**
 * Every key of the rule language. A key that is not here is refused: a rule file never says
 * something that then does nothing. The sections are separate schemas, so that one bad rule does
 * not hide the problems of the next.
 */
import { z } from 'zod'
import type { Cidr } from '../../net/cidr.ts'
import type { PortRange } from '../../net/port.ts'
import { DEFAULTS } from './defaults.ts'
import type { Checks } from './inspection.ts'
import { type ChecksDraft, checksSchema } from './inspection-schema.ts'
import type {
  DataPathName,
  Limits,
  Listener,
  PacketLogOptions,
  Profile,
  RuleKind,
  Timeouts,
  TlsPolicy,
} from './ruleset.ts'
import { section } from './section.ts'
import {
  addresses,
  cipherSuites,
  count,
  deniedCommand,
  deniedPorts,
  duration,
  interfaces,
  listenEndpoint,
  listenerServer,
  mechanisms,
  name,
  onePort,
  passivePorts,
  ports,
  publicAddress,
  serverNames,
  thirdParty,
  tlsVersion,
} from './values.ts'

/** One entry of `rules:` before it is known how many came before it. */
export interface RuleDraft {
  readonly action: 'permit' | 'deny'
  readonly kind: RuleKind
  readonly from: readonly Cidr[] | undefined
  readonly to: readonly Cidr[] | undefined
  readonly port: PortRange | undefined
  readonly fromPort: PortRange | undefined
  readonly profile: string | undefined
  readonly name: string | undefined
}

/** The document as a whole: which sections there are. Their contents have schemas of their own. */
export const frameSchema: z.ZodType<unknown> = section({
  version: z.literal(1, {
    error: (issue) => (issue.input === undefined ? undefined : 'this release reads version 1'),
  }),
  listeners: z.array(z.unknown()).optional(),
  'passive-ports': z.unknown().optional(),
  'data-path': z.unknown().optional(),
  'reserve-ports': z.unknown().optional(),
  workers: z.unknown().optional(),
  profiles: z.record(z.string(), z.unknown()).optional(),
  rules: z.array(z.unknown()).optional(),
  timeouts: z.unknown().optional(),
  limits: z.unknown().optional(),
  'packet-log': z.unknown().optional(),
})

export const natSchema: z.ZodType<NonNullable<Listener['nat']>> = section({
  'public-address': publicAddress,
}).transform((nat) => ({ publicAddress: nat['public-address'] }))

export const dataPathSchema: z.ZodType<DataPathName> = z.enum(['relay', 'kernel'])

export const reservePortsSchema: z.ZodType<boolean> = z.boolean()

/** More than cores of any machine that would run it: each takes its share of the passive ports. */
export const workersSchema: z.ZodType<number> = count(1, 64)

export const listenerSchema: z.ZodType<Listener> = section({
  name,
  listen: listenEndpoint,
  intercept: z.enum(['none', 'redirect', 'tproxy']).optional(),
  'intercept-port': onePort.optional(),
  'intercept-interfaces': interfaces.optional(),
  server: listenerServer,
  'keep-client-address': z.boolean().optional(),
  nat: natSchema.optional(),
  tls: z.enum(['explicit', 'implicit', 'implicit-after-greeting']).optional(),
  'server-passive-ports': passivePorts.optional(),
  'public-address': publicAddress.optional(),
}).transform((listener) => ({
  name: listener.name,
  listen: listener.listen,
  intercept: listener.intercept ?? 'none',
  interceptPort:
    listener['intercept-port'] ??
    (listener.tls === 'implicit' ? DEFAULTS.interceptPortImplicit : DEFAULTS.interceptPort),
  interceptInterfaces: listener['intercept-interfaces'],
  server: listener.server,
  keepClientAddress: listener['keep-client-address'] ?? false,
  nat: listener.nat,
  tls: listener.tls ?? DEFAULTS.listenerTls,
  serverPassivePorts: listener['server-passive-ports'],
  publicAddress: listener['public-address'],
}))

export const tlsPolicySchema: z.ZodType<TlsPolicy> = section({
  'min-version': tlsVersion.optional(),
  'ciphers-deny': cipherSuites.optional(),
  'null-ciphers': z.enum(['denied', 'allowed']).optional(),
  alpn: z.enum(['ignore', 'require-ftp-if-present']).optional(),
  'server-names': serverNames.optional(),
}).transform((policy) => ({
  minVersion: policy['min-version'] ?? DEFAULTS.profile.tls.minVersion,
  ciphersDeny: new Set(policy['ciphers-deny'] ?? DEFAULTS.profile.tls.ciphersDeny),
  nullCiphers: policy['null-ciphers'] ?? DEFAULTS.profile.tls.nullCiphers,
  alpn: policy.alpn ?? DEFAULTS.profile.tls.alpn,
  serverNames: policy['server-names'] ?? DEFAULTS.profile.tls.serverNames,
}))

const permission = z.enum(['allowed', 'required', 'forbidden'])

export const profileSchema: z.ZodType<Omit<Profile, 'name'>> = section({
  'active-mode': z.enum(['allowed', 'denied']).optional(),
  'third-party': thirdParty.optional(),
  'foreign-addresses': z.enum(['refused', 'replaced']).optional(),
  'line-ending': z.enum(['strict', 'tolerant']).optional(),
  'denied-ports': deniedPorts.optional(),
  commands: section({ deny: z.array(deniedCommand) }).optional(),
  checks: checksSchema.optional(),
  'default-data-port': z.enum(['allowed', 'denied']).optional(),
  encryption: permission.optional(),
  mechanisms: mechanisms.optional(),
  'clear-command-channel': permission.optional(),
  'opaque-data': z.enum(['static', 'deny']).optional(),
  'login-after-ccc': z.enum(['kept', 'none']).optional(),
  'auth-after-ccc': z.enum(['denied', 'allowed']).optional(),
  tls: tlsPolicySchema.optional(),
})
  .superRefine((profile, context) => {
    const message = 'line-ending says the same in other words: give one of the two'
    if (profile['line-ending'] !== undefined && profile.checks?.bareLineFeeds !== undefined)
      context.addIssue({ code: 'custom', message, path: ['checks', 'bare-line-feeds'] })
  })
  .transform((profile) => ({
    activeMode: profile['active-mode'] ?? DEFAULTS.profile.activeMode,
    thirdParty: profile['third-party'] ?? DEFAULTS.profile.thirdParty,
    foreignAddresses: profile['foreign-addresses'] ?? DEFAULTS.profile.foreignAddresses,
    ...lineEndingOf(profile['line-ending'], profile.checks),
    deniedPorts: profile['denied-ports'] ?? DEFAULTS.profile.deniedPorts,
    deniedCommands: new Set(profile.commands?.deny ?? DEFAULTS.profile.deniedCommands),
    defaultDataPort: profile['default-data-port'] ?? DEFAULTS.profile.defaultDataPort,
    encryption: profile.encryption ?? DEFAULTS.profile.encryption,
    mechanisms: new Set(profile.mechanisms ?? DEFAULTS.profile.mechanisms),
    clearCommandChannel: profile['clear-command-channel'] ?? DEFAULTS.profile.clearCommandChannel,
    opaqueData: profile['opaque-data'] ?? DEFAULTS.profile.opaqueData,
    loginAfterCcc: profile['login-after-ccc'] ?? DEFAULTS.profile.loginAfterCcc,
    authAfterCcc: profile['auth-after-ccc'] ?? DEFAULTS.profile.authAfterCcc,
    tls: profile.tls ?? DEFAULTS.profile.tls,
  }))

/** The key `line-ending` is the older and shorter way to switch the check of bare line feeds. */
function lineEndingOf(
  given: Profile['lineEnding'] | undefined,
  draft: ChecksDraft | undefined,
): Pick<Profile, 'lineEnding' | 'checks'> {
  const { checks, lineEnding } = DEFAULTS.profile
  const bareLineFeeds =
    draft?.bareLineFeeds ??
    ((given ?? lineEnding) === 'tolerant' ? 'off' : checks.actions['bare-line-feeds'])
  const { actions, lists }: Pick<Checks, 'lists'> & Pick<ChecksDraft, 'actions'> = draft ?? checks
  return {
    lineEnding: bareLineFeeds === 'log' || bareLineFeeds === 'off' ? 'tolerant' : 'strict',
    checks: { actions: { ...actions, 'bare-line-feeds': bareLineFeeds }, lists },
  }
}

const kind = z.enum(['control', 'active-data', 'passive-data'])

export const ruleSchema: z.ZodType<RuleDraft> = section({
  permit: kind.optional(),
  deny: kind.optional(),
  from: addresses.optional(),
  to: addresses.optional(),
  port: ports.optional(),
  'from-port': ports.optional(),
  profile: name.optional(),
  name: name.optional(),
}).transform((rule) => ({
  action: rule.permit === undefined ? 'deny' : 'permit',
  kind: rule.permit ?? rule.deny ?? 'control',
  from: rule.from,
  to: rule.to,
  port: rule.port,
  fromPort: rule['from-port'],
  profile: rule.profile,
  name: rule.name,
}))

export interface Contradiction {
  /** The key that should go; `undefined` when the rule as a whole lacks something. */
  readonly key: string | undefined
  readonly message: string
}

/** What no single key of a rule shows: keys that are missing or do not go together. */
export function contradictions(rule: Readonly<Record<string, unknown>>): readonly Contradiction[] {
  const found: Contradiction[] = []
  const kinds = [rule['permit'], rule['deny']]
  const isControl = kinds.includes('control')
  const isData = kinds.includes('active-data') || kinds.includes('passive-data')
  const add = (key: string | undefined, message: string): number => found.push({ key, message })
  if (!('permit' in rule) && !('deny' in rule))
    add(undefined, 'a rule says permit or deny, of control, active-data or passive-data')
  else if ('permit' in rule && 'deny' in rule)
    add('deny', 'a rule says either permit or deny, not both')
  else if ('profile' in rule && isData)
    add('profile', 'only a control rule takes a profile; data follows its session')
  else if ('profile' in rule && 'deny' in rule)
    add('profile', 'a session that is denied has no profile')
  else if ('from-port' in rule && isControl)
    add('from-port', 'a control rule takes no from-port: clients connect from any port')
  return found
}

export const timeoutsSchema: z.ZodType<Timeouts> = section({
  connect: duration.optional(),
  greeting: duration.optional(),
  login: duration.optional(),
  'control-idle': duration.optional(),
  line: duration.optional(),
  pinhole: duration.optional(),
  'data-connect': duration.optional(),
  'data-idle': duration.optional(),
  drain: duration.optional(),
  'login-failures': duration.optional(),
}).transform((timeouts) => ({
  connect: timeouts.connect ?? DEFAULTS.timeouts.connect,
  greeting: timeouts.greeting ?? DEFAULTS.timeouts.greeting,
  login: timeouts.login ?? DEFAULTS.timeouts.login,
  controlIdle: timeouts['control-idle'] ?? DEFAULTS.timeouts.controlIdle,
  line: timeouts.line ?? DEFAULTS.timeouts.line,
  pinhole: timeouts.pinhole ?? DEFAULTS.timeouts.pinhole,
  dataConnect: timeouts['data-connect'] ?? DEFAULTS.timeouts.dataConnect,
  dataIdle: timeouts['data-idle'] ?? DEFAULTS.timeouts.dataIdle,
  drain: timeouts.drain ?? DEFAULTS.timeouts.drain,
  loginFailures: timeouts['login-failures'] ?? DEFAULTS.timeouts.loginFailures,
}))

/** The lower bounds keep ordinary FTP working, the upper ones keep memory within reason. */
export const limitsSchema: z.ZodType<Limits> = section({
  sessions: count(1, 1_000_000).optional(),
  'sessions-per-client': count(1, 1_000_000).optional(),
  'command-bytes': count(128, 65_536).optional(),
  'reply-bytes': count(512, 65_536).optional(),
  'reply-lines': count(10, 100_000).optional(),
  'login-failures': count(1, 1000).optional(),
  'login-failures-per-client': count(1, 1_000_000).optional(),
}).transform((limits) => ({
  sessions: limits.sessions ?? DEFAULTS.limits.sessions,
  sessionsPerClient:
    limits['sessions-per-client'] ??
    Math.min(DEFAULTS.limits.sessionsPerClient, limits.sessions ?? DEFAULTS.limits.sessions),
  commandBytes: limits['command-bytes'] ?? DEFAULTS.limits.commandBytes,
  replyBytes: limits['reply-bytes'] ?? DEFAULTS.limits.replyBytes,
  replyLines: limits['reply-lines'] ?? DEFAULTS.limits.replyLines,
  loginFailures: limits['login-failures'] ?? DEFAULTS.limits.loginFailures,
  loginFailuresPerClient:
    limits['login-failures-per-client'] ?? DEFAULTS.limits.loginFailuresPerClient,
}))

export const packetLogSchema: z.ZodType<PacketLogOptions> = section({
  path: z
    .string()
    .refine((path) => path.trim() !== '' && !path.includes('\0'), 'expected a file path, or -')
    .optional(),
  'on-failure': z.enum(['deny', 'continue']).optional(),
}).transform((packetLog) => ({
  path: packetLog.path ?? DEFAULTS.packetLog.path,
  onFailure: packetLog['on-failure'] ?? DEFAULTS.packetLog.onFailure,
}))
