/** A proxy in this process before any server, with its records at hand. */
import { createServer } from 'node:net'
import pino from 'pino'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import type { Ruleset } from '../../src/engine/rules/ruleset.ts'
import type { PacketLogRecord } from '../../src/engine/session/record.ts'
import type { Endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { type Proxy, startProxy } from '../../src/shell/proxy.ts'
import type { PacketLog } from '../../src/shell/packet-log/packet-log.ts'

/** Keeps records in memory. */
export class RecordingLog implements PacketLog {
  readonly records: PacketLogRecord[] = []
  #onChange: Parameters<PacketLog['watch']>[0] = () => undefined

  write(record: PacketLogRecord): void {
    this.records.push(record)
  }

  watch(onChange: Parameters<PacketLog['watch']>[0]): void {
    this.#onChange = onChange
  }

  /** As if the disk were full, and then not. */
  change(state: 'failed' | 'recovered'): void {
    this.#onChange(state, 'ENOSPC')
  }

  async close(): Promise<void> {}

  types(): readonly string[] {
    return this.records.map((record) => record.type)
  }

  reasons(): readonly string[] {
    return this.records.flatMap((record) => ('reason' in record ? [record.reason] : []))
  }
}

export interface RunningFront {
  readonly endpoint: Endpoint
  readonly log: RecordingLog
  readonly proxy: Proxy
}

/** Starts a front door on a free port of `host`; `change` may alter its rules. */
export async function startFront(
  server: Endpoint,
  options: { readonly host?: string; readonly change?: (ruleset: Ruleset) => Ruleset } = {},
): Promise<RunningFront> {
  const host = options.host ?? '127.0.0.1'
  const endpoint = { address: ip(host), port: port(await freePort(host)) }
  const base = frontDoor({ listen: endpoint, server, passivePorts: await freeRange() })
  const log = new RecordingLog()
  const proxy = await startProxy({
    evaluator: createEvaluator(options.change?.(base) ?? base),
    packetLog: log,
    logger: pino({ level: 'silent' }),
  })
  return { endpoint, log, proxy }
}

export async function freePort(host: string): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen({ host, port: 0 }, resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('no address')
  return address.port
}

let nextRange = 21_000 + (process.pid % 400) * 20

/** Twenty ports below the ephemeral range, other ones for each proxy of this process. */
async function freeRange(): Promise<Ruleset['passivePorts']> {
  nextRange += 20
  return { first: port(nextRange), last: port(nextRange + 19) }
}

/** Waits until `isTrue`, for ten seconds at the most. */
export async function eventually(isTrue: () => boolean, what: string): Promise<void> {
  for (let turns = 0; turns < 1000; turns++) {
    if (isTrue()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`still not so: ${what}`)
}
