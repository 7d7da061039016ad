/** What `check` is told about the load: three numbers, of which the first asks the question. */
import type { Load } from '../engine/rules/capacity.ts'
import { UsageError } from './usage-error.ts'

export interface CapacityArguments {
  readonly transfersPerSecond?: string | undefined
  readonly clients?: string | undefined
  readonly transferSeconds?: string | undefined
}

const DEFAULT_CLIENTS = 1
const DEFAULT_TRANSFER_SECONDS = 1
/** Beyond any network; it keeps the numbers readable. */
const NUMBER_MAX = 1_000_000_000

/** `undefined` when nobody asked. @throws UsageError */
export function parseLoad(given: CapacityArguments): Load | undefined {
  const { transfersPerSecond: rate, clients, transferSeconds } = given
  if (rate === undefined) {
    const alone = clients === undefined ? 'transfer-seconds' : 'clients'
    if (clients === undefined && transferSeconds === undefined) return undefined
    throw new UsageError(`--${alone} is for --transfers-per-second, which is missing`)
  }
  return {
    transfersPerSecond: above('transfers-per-second', rate, 0),
    clients:
      clients === undefined ? DEFAULT_CLIENTS : whole('clients', above('clients', clients, 0)),
    transferSeconds:
      transferSeconds === undefined
        ? DEFAULT_TRANSFER_SECONDS
        : decimal('transfer-seconds', transferSeconds),
  }
}

function above(option: string, text: string, least: number): number {
  const value = decimal(option, text)
  if (value <= least) throw new UsageError(`--${option} ${text}: it must be more than ${least}`)
  return value
}

function whole(option: string, value: number): number {
  if (!Number.isInteger(value)) throw new UsageError(`--${option} ${value}: it must be whole`)
  return value
}

/** Digits, with a fraction or without: no sign, exponent or unit. */
function decimal(option: string, text: string): number {
  const value = /^\d{1,10}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN
  if (value <= NUMBER_MAX) return value
  throw new UsageError(`--${option} ${JSON.stringify(text)}: expected a number, as 2.5`)
}
