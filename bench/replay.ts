/**
 * What replaying a capture costs: a synthetic capture, mostly packets of data connections, is
 * written to a file once and then read as `portcullis replay` reads it, on one core.
 *
 *     npx tsc --noEmit false --rootDir . --outDir dist-bench && node dist-bench/bench/replay.js [MB]
 */
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuUsage } from 'node:process'
import { once } from 'node:events'
import { createEvaluator } from '../src/engine/rules/evaluate.ts'
import { type Endpoint, endpoint } from '../src/net/endpoint.ts'
import { ip } from '../src/net/ip.ts'
import { port } from '../src/net/port.ts'
import { LINK_TYPES } from '../src/record/capture/packet.ts'
import { interfaceBlock, packetBlock, sectionBlock } from '../src/record/capture/pcapng-writer.ts'
import { TcpWriter, type WriterSide } from '../src/record/capture/tcp-writer.ts'
import { readCapture } from '../src/replay/capture-source.ts'
import { permissiveRuleset } from '../src/replay/door.ts'
import type { ReplayRecord } from '../src/replay/record.ts'
import { Replay } from '../src/replay/replay.ts'

const SERVER = endpoint(ip('198.51.100.20'), port(21))
const BLOCK = 64 * 1024
/** Bytes of one file: 10 MB, and the control connection around it. */
const FILE_BLOCKS = 160
const ROUNDS = 3

const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
try {
  const path = join(folder, 'capture.pcapng')
  const megabytes = Number(process.argv[2] ?? '512')
  const size = await writeCapture(path, megabytes)
  for (let round = 0; round < ROUNDS; round++) await measure(path, size)
} finally {
  rmSync(folder, { recursive: true })
}

async function measure(path: string, size: number): Promise<void> {
  let records = 0
  let covered = 0
  const sink = {
    record: (record: ReplayRecord) => {
      records += 1
      if (record.type === 'capture.data' && record.cover === 'pinhole') covered += 1
    },
  }
  const replay = new Replay([{ evaluator: createEvaluator(permissiveRuleset()), sink }])
  const begin = performance.now()
  const cpu = cpuUsage()
  for await (const chunk of readCapture(path)) replay.push(chunk)
  replay.finish()
  const seconds = (performance.now() - begin) / 1000
  const { user, system } = cpuUsage(cpu)
  const rate = (size / 1e6 / seconds).toFixed(0)
  const rss = (process.memoryUsage().rss / 1e6).toFixed(0)
  const { packets, sessions } = replay.counts
  console.log(
    `${rate} MB/s · ${((user + system) / 1e6).toFixed(2)} s of CPU in ${seconds.toFixed(2)} s · ` +
      `${packets} packets, ${sessions} sessions, ${covered} files, ${records} records · ${rss} MB RSS`,
  )
}

async function writeCapture(path: string, megabytes: number): Promise<number> {
  const stream = createWriteStream(path)
  stream.write(sectionBlock('bench'))
  stream.write(interfaceBlock(LINK_TYPES.raw, 'bench'))
  const payload = Buffer.alloc(BLOCK, 'portcullis')
  let time = Date.parse('2026-11-21T00:00:00Z')
  for (let file = 0; stream.bytesWritten + stream.writableLength < megabytes * 1e6; file++) {
    const client = (at: number): Endpoint => endpoint(ip('192.0.2.10'), port(1024 + (at % 60_000)))
    const control = new TcpWriter(client(2 * file), SERVER, file)
    const dataPort = 40_000 + (file % 20_000)
    const dataEnd = endpoint(SERVER.address, port(dataPort))
    const data = new TcpWriter(client(2 * file + 1), dataEnd, file)
    const put = async (frames: readonly Uint8Array[]): Promise<void> => {
      let isFull = false
      for (const frame of frames) {
        time += 0.01
        isFull = !stream.write(packetBlock(0, time, frame))
      }
      if (isFull) await once(stream, 'drain')
    }
    const say = (side: WriterSide, text: string): Promise<void> =>
      put(control.data(side, Buffer.from(text)))
    await put(control.open())
    await say(1, '220 bench\r\n')
    await say(0, 'USER bench\r\n')
    await say(1, '331 password\r\n')
    await say(0, 'PASS x\r\n')
    await say(1, '230 in\r\n')
    await say(0, 'PASV\r\n')
    await say(1, `227 ok (198,51,100,20,${dataPort >> 8},${dataPort & 255})\r\n`)
    await put(data.open())
    await say(0, 'RETR file\r\n')
    await say(1, '150 here\r\n')
    for (let block = 0; block < FILE_BLOCKS; block++) await put(data.data(1, payload))
    await put(data.end(1))
    await put(data.end(0))
    await say(1, '226 done\r\n')
    await say(0, 'QUIT\r\n')
    await say(1, '221 bye\r\n')
    await put(control.end(1))
    await put(control.end(0))
  }
  stream.end()
  await once(stream, 'close')
  return stream.bytesWritten
}
