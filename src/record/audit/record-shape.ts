/**
 * What a record of each type must hold, so that a line from a file can be taken for a record. The
 * compiler sees to it that no type and no field of the contract is forgotten here. A value that this
 * version does not know (another verdict, another form) makes the record one of a newer version.
 */
import type { PacketLogRecord } from '../../engine/session/record.ts'

type Type = PacketLogRecord['type']
type RecordOf<T extends Type> = Extract<PacketLogRecord, { type: T }>

type Check = 'text' | 'count' | 'flag' | 'texts' | 'counts' | ReadonlySet<string>

/** Which checks are right for a field of type `V`. */
type CheckOf<V> = [V] extends [boolean]
  ? 'flag'
  : [V] extends [number]
    ? 'count'
    : [V] extends [readonly string[]]
      ? 'texts'
      : [V] extends [Readonly<Record<string, unknown>>]
        ? 'counts'
        : string extends V
          ? 'text'
          : 'text' | ReadonlySet<string>

type Shape<T extends Type> = {
  readonly [F in Exclude<keyof RecordOf<T>, 'type'>]-?: undefined extends RecordOf<T>[F]
    ? { readonly optional: CheckOf<Exclude<RecordOf<T>[F], undefined>> }
    : CheckOf<RecordOf<T>[F]>
}

const OF_SESSION = { session: 'text', client: 'text', server: 'text' } as const
const TEXT_MAYBE = { optional: 'text' } as const
const TEXTS_MAYBE = { optional: 'texts' } as const
const FLAG_MAYBE = { optional: 'flag' } as const
const COUNT_MAYBE = { optional: 'count' } as const

const SIDE: ReadonlySet<string> = new Set(['client', 'server'])
const FORM: ReadonlySet<string> = new Set(['PORT', 'EPRT', '227', '229'])
const MODE: ReadonlySet<string> = new Set(['passive', 'active'])

const SHAPES: { readonly [T in Type]: Shape<T> } = {
  'session.open': { ...OF_SESSION, listener: 'text', local: 'text', rule: 'text', profile: 'text' },
  'session.close': {
    ...OF_SESSION,
    reason: 'text',
    durationMs: 'count',
    commands: 'count',
    transfers: 'count',
    toClientBytes: 'count',
    toServerBytes: 'count',
    refusals: 'count',
    checks: { optional: 'counts' },
  },
  'control.command': { ...OF_SESSION, verb: 'text', argument: TEXT_MAYBE },
  'control.reply': {
    ...OF_SESSION,
    code: 'count',
    text: 'text',
    lines: 'count',
    verb: TEXT_MAYBE,
    local: FLAG_MAYBE,
  },
  rewrite: { ...OF_SESSION, form: FORM, before: 'text', after: 'text', as: { optional: FORM } },
  'pinhole.open': {
    ...OF_SESSION,
    pinhole: 'text',
    mode: MODE,
    peer: 'text',
    listening: 'text',
    dial: 'text',
    rule: 'text',
    ttlMs: 'count',
  },
  'pinhole.use': { ...OF_SESSION, pinhole: 'text', peer: 'text' },
  'pinhole.close': {
    ...OF_SESSION,
    pinhole: 'text',
    reason: new Set(['used', 'expired', 'replaced', 'refused', 'session-closed', 'aborted']),
  },
  'data.open': {
    ...OF_SESSION,
    pinhole: 'text',
    mode: MODE,
    verb: TEXT_MAYBE,
    path: TEXT_MAYBE,
    from: 'text',
    to: 'text',
  },
  'data.close': {
    ...OF_SESSION,
    pinhole: 'text',
    verb: TEXT_MAYBE,
    path: TEXT_MAYBE,
    toClientBytes: 'count',
    toServerBytes: 'count',
    toClientPackets: COUNT_MAYBE,
    toServerPackets: COUNT_MAYBE,
    durationMs: 'count',
    cause: new Set(['end', 'reset', 'idle', 'closed']),
  },
  'tls.hello': {
    ...OF_SESSION,
    side: SIDE,
    versions: 'texts',
    ciphers: 'texts',
    serverName: TEXT_MAYBE,
    alpn: TEXTS_MAYBE,
    resumption: TEXT_MAYBE,
    encryptedHello: FLAG_MAYBE,
    retry: FLAG_MAYBE,
  },
  'tls.certificate': {
    ...OF_SESSION,
    side: SIDE,
    chainLength: 'count',
    subject: TEXT_MAYBE,
    issuer: TEXT_MAYBE,
    names: TEXTS_MAYBE,
    notBefore: TEXT_MAYBE,
    notAfter: TEXT_MAYBE,
    fingerprint: TEXT_MAYBE,
    key: TEXT_MAYBE,
    problem: TEXT_MAYBE,
  },
  'tls.alert': { ...OF_SESSION, side: SIDE, level: new Set(['warning', 'fatal']), name: 'text' },
  'channel.opaque': {
    ...OF_SESSION,
    mechanism: 'text',
    version: TEXT_MAYBE,
    cipher: TEXT_MAYBE,
    resumed: FLAG_MAYBE,
    nullCipher: FLAG_MAYBE,
  },
  'channel.clear': { ...OF_SESSION, side: SIDE, closeNotify: FLAG_MAYBE },
  'range.open': {
    ...OF_SESSION,
    range: 'text',
    peer: 'text',
    listening: TEXT_MAYBE,
    dial: TEXT_MAYBE,
    active: TEXT_MAYBE,
  },
  'range.close': { ...OF_SESSION, range: 'text', connections: 'count' },
  verdict: {
    ...OF_SESSION,
    verdict: new Set(['permit', 'deny', 'reject', 'replace', 'close', 'drop-data', 'note']),
    reason: 'text',
    check: TEXT_MAYBE,
    side: SIDE,
    verb: TEXT_MAYBE,
    argument: TEXT_MAYBE,
    rule: TEXT_MAYBE,
    detail: TEXT_MAYBE,
  },
  'session.refused': {
    listener: 'text',
    client: 'text',
    server: 'text',
    reason: 'text',
    rule: TEXT_MAYBE,
  },
  'data.refused': { peer: 'text', local: 'text', reason: 'text', session: TEXT_MAYBE },
  'log.start': { version: 'text', rules: 'text', worker: COUNT_MAYBE },
  'log.stop': {},
  'log.lost': { records: 'count' },
}

export type Fields = Readonly<Record<string, unknown>>

/** `known`: as the contract has it; `unknown`: of a newer version; else the field that is wrong. */
export type ShapeVerdict = 'known' | 'unknown' | { readonly wrong: string }

const CHECKS: ReadonlyMap<string, readonly (readonly [string, Check, boolean])[]> = new Map(
  Object.entries(SHAPES).map(([type, shape]) => [type, Object.entries(shape).map(checkOf)]),
)

function checkOf([field, check]: [string, Check | { readonly optional: Check }]): readonly [
  string,
  Check,
  boolean,
] {
  return typeof check === 'object' && 'optional' in check
    ? [field, check.optional, true]
    : [field, check, false]
}

/** Holds `fields` against the contract of its `type`. */
export function judgeShape(type: string, fields: Fields): ShapeVerdict {
  const checks = CHECKS.get(type)
  if (checks === undefined) return 'unknown'
  let verdict: ShapeVerdict = 'known'
  for (const [field, check, isOptional] of checks) {
    const value = fields[field]
    if (value === undefined && isOptional) continue
    if (typeof check === 'string') {
      if (!isOfKind(value, check)) return { wrong: field }
    } else if (typeof value !== 'string') return { wrong: field }
    else if (!check.has(value)) verdict = 'unknown'
  }
  return verdict
}

function isOfKind(value: unknown, kind: Extract<Check, string>): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string'
    case 'count':
      return isCount(value)
    case 'flag':
      return typeof value === 'boolean'
    case 'texts':
      return Array.isArray(value) && value.every((each) => typeof each === 'string')
    case 'counts':
      return typeof value === 'object' && value !== null && Object.values(value).every(isCount)
  }
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0
}
