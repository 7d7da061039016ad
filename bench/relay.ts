/**
 * What the relay data path costs: one file over loopback, directly, through `stream.pipe`, and
 * through the relay, in turns. Sender, relay and receiver are separate processes.
 *
 *     npm run bench:relay -- [MiB] [rounds]
 *
 * RELAY_BUFFER_BYTES=262144 tries another read buffer than the default.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { connect, createServer, type Socket } from 'node:net'
import { cpuUsage } from 'node:process'
import { fileURLToPath } from 'node:url'
import { pinholeId, sessionId } from '../src/engine/id.ts'
import { duration } from '../src/net/instant.ts'
import { ip } from '../src/net/ip.ts'
import { port } from '../src/net/port.ts'
import { createRelayDataPath } from '../src/shell/data-path/relay-data-path.ts'

type Way = 'direct' | 'pipe' | 'relay'

interface Measurement {
  readonly megabytesPerSecond: number
  /** CPU time of the process in the middle. */
  readonly cpuSecondsPerGigabyte: number
}

const WAYS: readonly Way[] = ['direct', 'pipe', 'relay']
const LOOPBACK = ip('127.0.0.1')
const CHUNK_BYTES = 256 * 1024

const [role = '2048', first = '5', second = ''] = process.argv.slice(2)
switch (role) {
  case 'send':
    send(Number(first))
    break
  case 'pipe':
    pipe(Number(first))
    break
  case 'relay':
    relay(Number(first), Number(second))
    break
  default:
    await compare(Number(role), Number(first))
}

/** Sends as many MiB as it was told to whoever connects. */
function send(mebibytes: number): void {
  const chunk = Buffer.alloc(CHUNK_BYTES, 'portcullis')
  const server = createServer((socket) => {
    let left = (mebibytes * 1024 * 1024) / CHUNK_BYTES
    const go = (): void => {
      while (left > 0) {
        left -= 1
        if (!socket.write(chunk)) {
          socket.once('drain', go)
          return
        }
      }
      socket.end()
    }
    go()
  })
  server.listen(0, LOOPBACK, () => tellPort(server.address()))
}

function pipe(to: number): void {
  const server = createServer((client) => {
    const leg = connect(to, LOOPBACK)
    leg.pipe(client).pipe(leg)
  })
  server.listen(0, LOOPBACK, () => tellPort(server.address()))
  tellCpuWhenAsked()
}

function relay(to: number, bufferBytes: number): void {
  const session = sessionId('bench')
  const pinhole = {
    id: pinholeId(session, 1),
    session,
    mode: 'passive',
    peer: LOOPBACK,
    fromPorts: undefined,
    listen: { address: LOOPBACK, port: undefined },
    dial: { address: LOOPBACK, port: port(to) },
    from: { address: LOOPBACK, port: undefined },
  } as const
  const path = createRelayDataPath(
    (event) => {
      if (event.type === 'pinholeOpened') tellPort(event.listening)
      if (event.type === 'dataConnection')
        path.perform({
          type: 'dialData',
          connection: event.connection,
          pinhole,
          timeout: duration(5000),
        })
      if (event.type === 'dataDialed')
        path.perform({
          type: 'startData',
          connection: event.connection,
          direction: 'to-client',
          idle: duration(60_000),
        })
    },
    bufferBytes > 0 ? { fileBufferBytes: bufferBytes } : {},
  )
  path.perform({ type: 'openPinhole', pinhole })
  tellCpuWhenAsked()
}

function tellPort(address: ReturnType<Socket['address']> | string | null): void {
  if (address !== null && typeof address === 'object' && 'port' in address)
    process.send?.(address.port)
}

function tellCpuWhenAsked(): void {
  process.on('message', () => {
    const { user, system } = cpuUsage()
    process.send?.((user + system) / 1e6)
  })
}

async function compare(mebibytes: number, rounds: number): Promise<void> {
  const results = new Map<Way, Measurement[]>(WAYS.map((way) => [way, []]))
  for (let round = 0; round < rounds; round++)
    for (const way of WAYS) results.get(way)?.push(await measure(way, mebibytes))
  const direct = median(results.get('direct') ?? [], 'megabytesPerSecond')
  const piped = median(results.get('pipe') ?? [], 'megabytesPerSecond')
  console.log(`${mebibytes} MiB, median of ${rounds}`)
  for (const way of WAYS) {
    const speed = median(results.get(way) ?? [], 'megabytesPerSecond')
    const cpu = median(results.get(way) ?? [], 'cpuSecondsPerGigabyte')
    console.log(
      `${way.padEnd(7)} ${speed.toFixed(0).padStart(6)} MB/s` +
        `  ${(speed / direct).toFixed(2)} of direct  ${(speed / piped).toFixed(2)} of pipe` +
        (way === 'direct' ? '' : `  ${cpu.toFixed(2)} CPU s/GB`),
    )
  }
}

async function measure(way: Way, mebibytes: number): Promise<Measurement> {
  const sender = start('send', mebibytes)
  const from = await answer(sender)
  const bufferBytes = Number(process.env['RELAY_BUFFER_BYTES'] ?? 0)
  const middle = way === 'direct' ? undefined : start(way, from, bufferBytes)
  const entry = middle === undefined ? from : await answer(middle)
  const startedAt = performance.now()
  const bytes = await receive(entry)
  const seconds = (performance.now() - startedAt) / 1000
  middle?.send('cpu')
  const cpuSeconds = middle === undefined ? 0 : await answer(middle)
  sender.kill()
  middle?.kill()
  if (bytes !== mebibytes * 1024 * 1024) throw new Error(`${way}: ${bytes} bytes came`)
  return {
    megabytesPerSecond: bytes / 1e6 / seconds,
    cpuSecondsPerGigabyte: cpuSeconds / (bytes / 1e9),
  }
}

/** Reads to the end without keeping anything. */
async function receive(from: number): Promise<number> {
  const { promise, resolve, reject } = withResolvers<number>()
  let bytes = 0
  const socket = connect({
    host: LOOPBACK,
    port: from,
    onread: {
      buffer: Buffer.allocUnsafeSlow(CHUNK_BYTES),
      callback: (count) => {
        bytes += count
        return true
      },
    },
  })
  socket.on('error', reject)
  socket.on('end', () => resolve(bytes))
  return promise
}

function start(...args: readonly (string | number)[]): ChildProcess {
  return fork(fileURLToPath(import.meta.url), args.map(String))
}

async function answer(child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = withResolvers<number>()
  child.once('message', (value) => resolve(Number(value)))
  child.once('exit', (code) => reject(new Error(`a child ended early, code ${code}`)))
  return promise
}

function withResolvers<T>(): {
  promise: Promise<T>
  resolve: (value: T) => void
  reject: (error: Error) => void
} {
  let resolve: (value: T) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue
    reject = onError
  })
  return { promise, resolve, reject }
}

function median(results: readonly Measurement[], field: keyof Measurement): number {
  const sorted = results.map((result) => result[field]).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
