/**
 * What it costs to open and to close a pinhole in the kernel, with one open and with thousands. Runs
 * in a network namespace of its own and needs root.
 *
 *     npm run bench:kernel -- [open pinholes] [rounds]
 */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { pinholeId, sessionId } from '../src/engine/id.ts'
import type { Pinhole } from '../src/engine/nat/pinhole.ts'
import { createEvaluator } from '../src/engine/rules/evaluate.ts'
import { load } from '../src/engine/rules/load.ts'
import { endpoint } from '../src/net/endpoint.ts'
import { ip } from '../src/net/ip.ts'
import { port } from '../src/net/port.ts'
import type { DataEvent, DataPath } from '../src/shell/data-path/data-path.ts'
import { createKernelDataPath } from '../src/shell/data-path/kernel/kernel-data-path.ts'
import { checked, library } from '../src/shell/native/libc.ts'

const CLONE_NEWNET = 0x4000_0000
const BATCH = 100

const RULES = `
version: 1
data-path: kernel
listeners:
  - { name: office, listen: "10.91.1.254:21", server: "10.91.2.1:21", server-passive-ports: 60000-60100 }
timeouts: { pinhole: 1h }
rules:
  - { permit: control, from: any, to: 10.91.2.1 }
  - { permit: passive-data, from: any, to: 10.91.2.1 }
  - { permit: active-data, from: 10.91.2.1, from-port: 20, to: any }
`

const [livePinholes = '10000', rounds = '500'] = process.argv.slice(2)
const namespace = `portcullis-bench-${process.pid}`
execFileSync('ip', ['netns', 'add', namespace])
try {
  enter(`/run/netns/${namespace}`)
  await measure(Number(livePinholes), Number(rounds))
} finally {
  execFileSync('ip', ['netns', 'delete', namespace])
}

/** The same process must not measure on the host's own tables. */
function enter(path: string): void {
  const setns = library('libc.so.6').func('int setns(int, int)')
  const descriptor = openSync(path, 'r')
  checked('setns', setns(descriptor, CLONE_NEWNET) as number)
  closeSync(descriptor)
}

async function measure(most: number, times: number): Promise<void> {
  const { ruleset } = load([{ name: 'bench', text: RULES }])
  if (ruleset === undefined) throw new Error('the rules of the bench are not sound')
  let awaited = 0
  let failed = 0
  let answered = (): void => {}
  const report = (event: DataEvent): void => {
    if (event.type === 'pinholeFailed') failed += 1
    awaited -= 1
    if (awaited === 0) answered()
  }
  const path = await createKernelDataPath(report, { evaluator: createEvaluator(ruleset) })
  const open = async (pinholes: readonly Pinhole[]): Promise<void> => {
    awaited = pinholes.length
    const done = new Promise<void>((resolve) => {
      answered = resolve
    })
    for (const pinhole of pinholes) path.perform({ type: 'openPinhole', pinhole })
    await done
  }
  // The first pinholes pay for the compiler.
  await one(open, path, times)
  const rows: Record<string, string | number>[] = []
  for (const live of [1, most]) {
    const kept = pinholesFrom(0, live)
    for (let at = 0; at < live; at += 1000) await open(kept.slice(at, at + 1000))
    rows.push({ 'open already': live, ...(await one(open, path, times)) })
    close(path, kept)
    await turn()
  }
  await path.close()
  console.table(rows)
  if (failed > 0) throw new Error(`${failed} pinholes were refused`)
}

/** Microseconds for each pinhole: alone in its turn of the event loop, and among others. */
async function one(
  open: (pinholes: readonly Pinhole[]) => Promise<void>,
  path: DataPath,
  times: number,
): Promise<Record<string, number>> {
  const samples: number[] = []
  const closing: number[] = []
  for (const pinhole of pinholesFrom(100_000, times)) {
    const start = performance.now()
    await open([pinhole])
    const opened = performance.now()
    close(path, [pinhole])
    await turn()
    samples.push((opened - start) * 1000)
    closing.push((performance.now() - opened) * 1000)
  }
  const many: number[] = []
  for (let round = 0; round < times / 10; round++) {
    const pinholes = pinholesFrom(200_000 + round * BATCH, BATCH)
    const start = performance.now()
    await open(pinholes)
    many.push(((performance.now() - start) * 1000) / BATCH)
    close(path, pinholes)
    await turn()
  }
  return {
    'open, median µs': quantile(samples, 0.5),
    'open, 95th µs': quantile(samples, 0.95),
    [`open, 1 of ${BATCH}, µs`]: quantile(many, 0.5),
    'close, median µs': quantile(closing, 0.5),
  }
}

function close(path: DataPath, pinholes: readonly Pinhole[]): void {
  for (const pinhole of pinholes) path.perform({ type: 'closePinhole', pinhole })
}

/** Until what was asked for in this turn of the event loop is done. */
async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(() => resolve())
  })
}

/** Passive pinholes of the front door, each of a client of its own. */
function pinholesFrom(first: number, count: number): readonly Pinhole[] {
  return Array.from({ length: count }, (_, index) => {
    const client = first + index
    const session = sessionId(`bench-${client}`)
    const octets = [10, (client >> 16) & 255, (client >> 8) & 255, client & 255]
    return {
      id: pinholeId(session, 1),
      session,
      mode: 'passive',
      peer: ip(octets.join('.')),
      fromPorts: undefined,
      listen: { address: ip('192.0.2.1'), port: port(50_000 + (client % 100)) },
      dial: endpoint(ip('198.51.100.1'), port(40_000 + (client % 1000))),
      from: { address: ip('198.51.100.2'), port: undefined },
    }
  })
}

function quantile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0)
}
