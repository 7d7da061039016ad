/** What the audit commands are asked, and what that means. */
import { AuditFilter, type FilterOptions } from '../record/audit/filter.ts'
import { parseByteCount, parseMoment } from '../record/audit/quantity.ts'
import type { Dimension, Order } from '../record/audit/summary.ts'
import { type Reason, REASONS } from '../engine/session/reason.ts'
import type { PacketLogRecord, RecordedVerdict } from '../engine/session/record.ts'
import { suggest } from '../engine/rules/suggest.ts'
import { type Cidr, parseCidr } from '../net/cidr.ts'
import { UsageError } from './usage-error.ts'

export const FORMATS = ['table', 'ladder', 'json', 'csv', 'ecs', 'zeek'] as const
export type FormatName = (typeof FORMATS)[number]

export interface FilterArguments {
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly session?: readonly string[] | undefined
  readonly client?: readonly string[] | undefined
  readonly server?: readonly string[] | undefined
  readonly user?: readonly string[] | undefined
  readonly verb?: readonly string[] | undefined
  readonly path?: readonly string[] | undefined
  readonly verdict?: readonly string[] | undefined
  readonly reason?: readonly string[] | undefined
  readonly rule?: readonly string[] | undefined
  readonly opaque?: boolean | undefined
  readonly clear?: boolean | undefined
  readonly 'min-bytes'?: string | undefined
}

interface LogArguments {
  readonly logs?: string[] | undefined
  readonly 'in-order': boolean
}

export interface AuditArguments extends FilterArguments, LogArguments {
  readonly format: FormatName
  readonly by?: Dimension | undefined
  readonly sort?: Order | undefined
  readonly top?: string | undefined
  readonly html?: string | undefined
}

export interface SessionArguments extends LogArguments {
  readonly id: string
  readonly format: FormatName
}

export interface VerifyArguments extends LogArguments {
  readonly expect?: string | undefined
}

export interface FollowArguments extends FilterArguments {
  readonly log: string
  readonly format: FormatName
  readonly lines: string
}

/** Every string of a union: the compiler refuses one that is missing, and one too many. */
type Every<T extends string> = Readonly<Record<T, true>>

type EndOf<T extends PacketLogRecord['type']> = Exclude<
  Extract<PacketLogRecord, { type: T; reason: string }>['reason'],
  Reason
>

const RECORDED_VERDICTS: Every<RecordedVerdict> = {
  permit: true,
  deny: true,
  reject: true,
  replace: true,
  close: true,
  'drop-data': true,
  note: true,
}

/** `refused` stands for all but `permit` and `note`. */
const VERDICTS: readonly string[] = [...Object.keys(RECORDED_VERDICTS), 'refused']

const SESSION_ENDS: Every<EndOf<'session.close'>> = {
  quit: true,
  'client-closed': true,
  'server-closed': true,
}

const PINHOLE_ENDS: Every<EndOf<'pinhole.close'>> = {
  used: true,
  expired: true,
  replaced: true,
  refused: true,
  'session-closed': true,
  aborted: true,
}

/** Of verdicts, and how sessions and pinholes end, which records call their reason as well. */
const REASON_CODES: readonly string[] = [REASONS, SESSION_ENDS, PINHOLE_ENDS].flatMap(Object.keys)

/** A file name has no limit of its own, a pattern that somebody typed does. */
const PATTERN_LENGTH_MAX = 1000

/** `now` is in milliseconds since 1970. @throws UsageError */
export function filterOf(given: FilterArguments, now: number): AuditFilter {
  const options: FilterOptions = {
    since: momentOf('since', given.since, now),
    until: momentOf('until', given.until, now),
    sessions: given.session ?? [],
    clients: (given.client ?? []).map((text) => blockOf('client', text)),
    servers: (given.server ?? []).map((text) => blockOf('server', text)),
    users: given.user ?? [],
    verbs: commaSeparated(given.verb).map((verb) => verb.toUpperCase()),
    paths: (given.path ?? []).map((text) => patternOf('path', text)),
    verdicts: commaSeparated(given.verdict).map(verdictOf),
    reasons: commaSeparated(given.reason).map(reasonOf),
    rules: given.rule ?? [],
    channel: given.opaque === true ? 'opaque' : given.clear === true ? 'clear' : undefined,
    minBytes: bytesOf(given['min-bytes']),
  }
  return new AuditFilter(options)
}

/** A whole number from 0 on. @throws UsageError */
export function countArgument(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`--${option} "${text}": expected a number`)
}

function commaSeparated(given: readonly string[] | undefined): readonly string[] {
  return (given ?? []).flatMap((text) => text.split(',')).filter((text) => text !== '')
}

function momentOf(option: string, text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined
  const moment = parseMoment(text, now)
  if (moment !== undefined) return moment
  throw new UsageError(`--${option} "${text}": expected 2026-11-21, 2026-11-21T07:00 or 2h`)
}

function blockOf(option: string, text: string): Cidr {
  const block = parseCidr(text)
  if (typeof block !== 'string') return block
  const why = block === 'host-bits' ? 'the address has bits beyond its prefix' : 'expected'
  throw new UsageError(`--${option} "${text}": ${why} 192.0.2.10 or 192.0.2.0/24`)
}

function patternOf(option: string, text: string): string {
  if (text.length <= PATTERN_LENGTH_MAX) return text
  throw new UsageError(`--${option}: a pattern has at most ${PATTERN_LENGTH_MAX} characters`)
}

function verdictOf(text: string): string {
  if (VERDICTS.includes(text)) return text
  throw new UsageError(
    `--verdict "${text}": ${meant(text, VERDICTS)}expected one of ${VERDICTS.join(', ')}`,
  )
}

/** A code that this version knows, or a pattern: that may be about a log of another version. */
function reasonOf(text: string): string {
  if (/[*?]/.test(text)) return patternOf('reason', text)
  if (REASON_CODES.includes(text)) return text
  const more = `docs/packet-log.md lists the reasons, and a pattern such as "tls.*" is one as well`
  throw new UsageError(
    `--reason "${text}": there is no such reason; ${meant(text, REASON_CODES)}${more}`,
  )
}

function meant(text: string, known: readonly string[]): string {
  const word = suggest(text, known)
  return word === undefined ? '' : `did you mean ${word}? `
}

function bytesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const bytes = parseByteCount(text)
  if (bytes !== undefined) return bytes
  throw new UsageError(`--min-bytes "${text}": expected 500, 10k, 1.5M or 2Gi`)
}
