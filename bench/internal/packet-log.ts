/**
 * What a record of the packet log costs, from the object to the file. Beside it: pino writing the same
 * objects to a file without the hash chain, and each line written by itself.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { pino } from 'pino'
import { sessionId } from '../../src/engine/id.ts'
import type { PacketLogRecord } from '../../src/engine/session/record.ts'
import { createPacketLog } from '../../src/shell/packet-log/pino-packet-log.ts'
import type { Comparison } from '../comparison.ts'
import { contest, type Figures, way } from '../contest.ts'
import { cpuMilliseconds } from './speed.ts'

const RECORDS = 50_000
/** Written before the event loop turns: what a busy moment brings. */
const BURST = 200

const RECORD: PacketLogRecord = {
  type: 'control.command',
  session: sessionId('bench-1'),
  client: '198.51.100.10:40000',
  server: '10.0.0.20:21',
  verb: 'RETR',
  argument: 'pub/releases/file.bin',
}

export async function comparePacketLog(rounds: number): Promise<Comparison> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
  const path = join(folder, 'log.jsonl')
  const figures = async (write: () => Promise<void>): Promise<Figures> => {
    rmSync(path, { force: true })
    const before = cpuMilliseconds()
    const start = performance.now()
    await write()
    const milliseconds = performance.now() - start
    const cpu = cpuMilliseconds() - before
    return {
      'records/s': (RECORDS / milliseconds) * 1000,
      'CPU µs/record': (cpu * 1000) / RECORDS,
    }
  }
  try {
    return await contest(
      {
        id: 'packet-log',
        title: 'Records of the packet log',
        figure: 'CPU µs/record',
        isMoreBetter: false,
      },
      rounds,
      [
        way('Portcullis, hash chain', () => figures(() => throughPacketLog(path))),
        way('pino, no chain', () => figures(() => throughPino(path))),
        way('JSON and one write each', () => figures(() => oneByOne(path))),
      ],
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function throughPacketLog(path: string): Promise<void> {
  const log = createPacketLog({ path, onFailure: 'deny', version: '0', rules: 'bench' })
  await inBursts(() => log.write(RECORD))
  await log.close()
  if (log.lostRecords > 0) throw new Error(`${log.lostRecords} records were lost`)
}

async function throughPino(path: string): Promise<void> {
  const destination = pino.destination({ dest: path, sync: false })
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime }
  const logger = pino(options, destination)
  await inBursts((seq) => logger.info({ seq, ...RECORD }))
  await new Promise((resolve) => {
    destination.once('close', resolve)
    destination.end()
  })
}

async function oneByOne(path: string): Promise<void> {
  const file = openSync(path, 'a')
  await inBursts((seq) => {
    const time = new Date().toISOString()
    writeSync(file, `${JSON.stringify({ time, seq, ...RECORD })}\n`)
  })
  closeSync(file)
}

async function inBursts(write: (seq: number) => void): Promise<void> {
  for (let seq = 1; seq <= RECORDS; seq++) {
    write(seq)
    if (seq % BURST === 0) await turn()
  }
}
