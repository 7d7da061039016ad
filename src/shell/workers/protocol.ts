/**
 * What the primary process and its workers say to each other: JSON over the channel that Node opens
 * between them, some of it with a socket. Both are of one version and trust each other; a message that
 * makes no sense is a mistake of ours, and is met as one.
 */
import type { WorkerPlace } from '../../engine/rules/worker-share.ts'
import type { RuleSource } from '../../engine/rules/source-text.ts'
import { formatEndpoint } from '../../net/endpoint.ts'
import type { Port } from '../../net/port.ts'
import type { Arrival } from '../control-listeners.ts'
import type { ListeningRange } from '../data-path/range-listeners.ts'
import type { OperationalLogLevel } from '../operational-log.ts'
import { pinholeIdFrom } from '../../engine/id.ts'
import {
  address,
  count,
  endpointOf,
  field,
  flag,
  known,
  list,
  oneOf,
  portOf,
  portRangeOf,
  strictly,
  text,
} from '../strict-json.ts'

/** All that a worker has to know when it starts. */
export interface Start extends WorkerPlace {
  readonly sources: readonly RuleSource[]
  /** What the packet log calls the rules. */
  readonly rules: string
  /** Of all workers; each makes its own name of it. */
  readonly packetLog: string
  readonly capture: string | undefined
  readonly logLevel: OperationalLogLevel
}

/** A question, and what comes with it. Each is answered once. */
export type Question =
  /** Nothing: when it is answered, all that happened before was told. */
  | { readonly about: 'progress' }
  | { readonly about: 'ports' }
  | { readonly about: 'reopen' }
  | { readonly about: 'rules'; readonly sources: readonly RuleSource[] }

export type ToWorker =
  | ({ readonly type: 'start' } & Start)
  /** With the socket of a client. */
  | {
      readonly type: 'client'
      readonly arrival: Arrival
      /** As many sessions as the rules permit are with the workers already. */
      readonly isOneTooMany: boolean
    }
  /** With the socket of somebody who came to a static range. */
  | { readonly type: 'data' }
  | {
      readonly type: 'rangeOpened'
      readonly range: ListeningRange['id']
      readonly missing: readonly Port[]
    }
  | { readonly type: 'question'; readonly id: number; readonly question: Question }
  /** No new sessions; end when the last is over. */
  | { readonly type: 'drain' }
  /** End now. */
  | { readonly type: 'stop' }

export type ToPrimary =
  /** It listens. What comes before is lost: Node hears it for `cluster.worker`, and nobody is there. */
  | { readonly type: 'hello' }
  | { readonly type: 'ready' }
  /** It cannot start; `message` is the line to print. */
  | { readonly type: 'failed'; readonly message: string }
  /** So many sockets more have come, and so many sessions more that were within the limit are over. */
  | { readonly type: 'progress'; readonly received: number; readonly over: number }
  | { readonly type: 'openRange'; readonly range: ListeningRange }
  | { readonly type: 'closeRange'; readonly range: ListeningRange }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly message: string }

/** The object that goes over the channel. */
export function encodeToWorker(message: ToWorker): object {
  if (message.type !== 'client') return message
  const { listener, client, local } = message.arrival
  return {
    type: 'client',
    listener,
    client: formatEndpoint(client),
    local: formatEndpoint(local),
    isOneTooMany: message.isOneTooMany,
  }
}

/** `undefined` for what the primary does not say. */
export function parseToWorker(value: unknown): ToWorker | undefined {
  return strictly(() => toWorker(value))
}

/** `undefined` for what a worker does not say. */
export function parseToPrimary(value: unknown): ToPrimary | undefined {
  return strictly(() => toPrimary(value))
}

const TO_WORKER = ['client', 'data', 'rangeOpened', 'question', 'start', 'drain', 'stop'] as const

function toWorker(value: unknown): ToWorker {
  const type = oneOf(TO_WORKER, field(value, 'type'))
  switch (type) {
    case 'client':
      return {
        type,
        arrival: {
          listener: text(field(value, 'listener')),
          client: endpointOf(field(value, 'client')),
          local: endpointOf(field(value, 'local')),
        },
        isOneTooMany: flag(field(value, 'isOneTooMany')),
      }
    case 'rangeOpened':
      return {
        type,
        range: pinholeIdFrom(text(field(value, 'range'))),
        missing: list(field(value, 'missing'), portOf),
      }
    case 'question':
      return { type, id: count(field(value, 'id')), question: question(field(value, 'question')) }
    case 'start':
      return { type, ...start(value) }
    case 'data':
    case 'drain':
    case 'stop':
      return { type }
  }
}

function question(value: unknown): Question {
  const about = oneOf(['progress', 'ports', 'reopen', 'rules'] as const, field(value, 'about'))
  return about === 'rules' ? { about, sources: sources(value) } : { about }
}

const LEVELS: readonly OperationalLogLevel[] = [
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'fatal',
  'silent',
]

function start(value: unknown): Start {
  const capture = field(value, 'capture')
  return {
    worker: count(field(value, 'worker')),
    workers: count(field(value, 'workers')),
    sources: sources(value),
    rules: text(field(value, 'rules')),
    packetLog: text(field(value, 'packetLog')),
    capture: capture === undefined ? undefined : text(capture),
    logLevel: oneOf(LEVELS, field(value, 'logLevel')),
  }
}

function sources(value: unknown): readonly RuleSource[] {
  return list(field(value, 'sources'), (source) => ({
    name: text(field(source, 'name')),
    text: text(field(source, 'text')),
  }))
}

const TO_PRIMARY = [
  'progress',
  'openRange',
  'closeRange',
  'answer',
  'refusal',
  'hello',
  'ready',
  'failed',
] as const

function toPrimary(value: unknown): ToPrimary {
  const type = oneOf(TO_PRIMARY, field(value, 'type'))
  switch (type) {
    case 'progress':
      return { type, received: count(field(value, 'received')), over: count(field(value, 'over')) }
    case 'openRange':
    case 'closeRange':
      return { type, range: range(field(value, 'range')) }
    case 'answer':
      return { type, id: count(field(value, 'id')), value: known(field(value, 'value')) }
    case 'refusal':
      return { type, id: count(field(value, 'id')), message: text(field(value, 'message')) }
    case 'failed':
      return { type, message: text(field(value, 'message')) }
    case 'hello':
    case 'ready':
      return { type }
  }
}

function range(value: unknown): ListeningRange {
  return {
    id: pinholeIdFrom(text(field(value, 'id'))),
    address: address(field(value, 'address')),
    ports: portRangeOf(field(value, 'ports')),
  }
}
