/**
 * Clients are told odd things by a server, directly and through the proxy. Directly they believe one
 * or another; through the proxy none connects to a stranger, to the server, or to a port of the
 * proxy that is not the pinhole. What they connect to is read from the wire.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type TestContext, afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PacketLogRecord } from '../../../src/engine/session/record.ts'
import { type Endpoint, endpoint } from '../../../src/net/endpoint.ts'
import { type Ip, ip } from '../../../src/net/ip.ts'
import {
  type LoopbackCapture,
  captureLoopback,
  tcpdumpProblem,
} from '../../support/loopback-capture.ts'
import type { ClientKind } from '../../support/peers/client.ts'
import { BASIC_FTP } from '../../support/peers/clients/basic-ftp.ts'
import { CURL } from '../../support/peers/clients/curl.ts'
import { FTPLIB } from '../../support/peers/clients/ftplib.ts'
import { LFTP } from '../../support/peers/clients/lftp.ts'
import { requirePeers } from '../../support/peers/require.ts'
import { startScripted } from '../../support/peers/scripted/loopback.ts'
import { startFront } from '../../support/proxy-in-process.ts'
import { drawTable } from '../matrix-table.ts'
import { REPLY_ROWS, type ReplyRow } from './reply-rows.ts'

const CLIENTS: readonly ClientKind[] = [CURL, LFTP, FTPLIB, BASIC_FTP]
/** Some replies leave a client waiting for good; those that must work have time enough. */
const PATIENCE_MS = 4_000
const PATIENCE_FOR_SOUND_MS = 30_000
const NETWORK = 'net 127.36.0.0/16'
const MARK = ip('127.36.255.254')

/** Each client of each row has addresses of its own, so that the wire tells whose doing it was. */
interface Addresses {
  readonly server: Ip
  readonly stranger: Ip
  readonly client: Ip
}

interface Cell {
  readonly row: ReplyRow
  readonly client: ClientKind
  readonly direct: Side
  readonly proxied: Side & {
    readonly proxy: Endpoint
    readonly records: readonly PacketLogRecord[]
  }
}

interface Side extends Addresses {
  readonly control: Endpoint
  readonly hasFile: boolean
}

/** A connection that somebody tried to make. The port may be 0, which no {@link Endpoint} has. */
interface Attempt {
  readonly address: Ip
  readonly port: number
}

const cells = new Map<string, Cell>()
let directory = ''
let capture: LoopbackCapture | undefined

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'portcullis-clients-'))
  if (tcpdumpProblem() === undefined)
    capture = await captureLoopback(
      join(directory, 'wire.pcap'),
      [MARK],
      `dst ${NETWORK} and tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn`,
    )
})
afterAll(async () => {
  await capture?.stop().catch(() => undefined)
  await rm(directory, { recursive: true, force: true })
})

function requireAll(context: TestContext): void {
  requirePeers(context, [tcpdumpProblem(), ...CLIENTS.map((client) => client.problem())])
}

function address(row: number, client: number, part: number): Ip {
  return ip(`127.36.${row}.${client * 16 + part}`)
}

async function download(
  row: ReplyRow,
  client: ClientKind,
  to: Endpoint,
  addresses: Addresses,
): Promise<boolean> {
  const folder = await mkdtemp(join(directory, 'client-'))
  await client.run(
    {
      endpoint: to,
      user: 'user',
      password: 'secret',
      folder: 'pub',
      announcement: row.announcement,
      family: 4,
      source: addresses.client,
      directory: folder,
      timeoutMs: row.isSound === true ? PATIENCE_FOR_SOUND_MS : PATIENCE_MS,
    },
    [{ type: 'download', remote: 'file.txt', local: 'file.txt' }],
  )
  const file = await readFile(join(folder, 'file.txt')).catch(() => Buffer.alloc(0))
  return file.length > 0
}

async function runCell(rowIndex: number, clientIndex: number): Promise<Cell> {
  const row = REPLY_ROWS[rowIndex]
  const client = CLIENTS[clientIndex]
  if (row === undefined || client === undefined) throw new Error('no such cell')
  const at = (part: number): Ip => address(rowIndex, clientIndex, part)
  const direct = { server: at(1), stranger: at(2), client: at(3) }
  const proxied = { server: at(5), stranger: at(6), client: at(7) }
  const directServer = startScripted(row.switches(direct.stranger))
  const server = startScripted(row.switches(proxied.stranger))
  const control = endpoint(proxied.server, server.port)
  const front = await startFront(control, { host: at(8) })
  try {
    const directControl = endpoint(direct.server, directServer.port)
    const [hasDirect, hasProxied] = await Promise.all([
      download(row, client, directControl, direct),
      download(row, client, front.endpoint, proxied),
    ])
    const { records } = front.log
    return {
      row,
      client,
      direct: { ...direct, control: directControl, hasFile: hasDirect },
      proxied: { ...proxied, control, proxy: front.endpoint, records, hasFile: hasProxied },
    }
  } finally {
    await front.proxy.close()
    directServer.close()
    server.close()
  }
}

describe.concurrent('odd replies are told to every client', () => {
  test.for(REPLY_ROWS.map((row, index) => ({ ...row, index })))(
    '$announcement: $title',
    async ({ index }, context) => {
      requireAll(context)
      const all = await Promise.all(CLIENTS.map((_, client) => runCell(index, client)))
      for (const cell of all) cells.set(`${index} ${cell.client.name}`, cell)
      for (const { row, client, direct, proxied } of all)
        if (row.isSound === true && direct.hasFile)
          expect(proxied.hasFile, `${client.name} has the file`).toBe(true)
    },
  )
})

let attempts: Promise<readonly Attempt[]> | undefined

/** All of them, once the capture has everything. */
async function wire(): Promise<readonly Attempt[]> {
  await capture?.stop()
  capture = undefined
  const { stdout } = await promisify(execFile)(
    'tcpdump',
    ['-n', '-t', '-r', join(directory, 'wire.pcap'), 'tcp'],
    { maxBuffer: 1 << 26 },
  )
  return [...stdout.matchAll(/^IP [\d.]+ > ([\d.]+)\.(\d+):/gm)].map((match) => ({
    address: ip(match[1] ?? ''),
    port: Number(match[2]),
  }))
}

/** What the client did that it should not have been able to, in words. */
function escapes(cell: Cell, all: readonly Attempt[]): string[] {
  const { server, stranger, proxy, control, records } = cell.proxied
  const pinholes = records.flatMap((record) => (record.type === 'pinhole.open' ? [record] : []))
  const openings = new Set<string>(pinholes.map(({ listening }) => listening))
  const problems: string[] = []
  for (const to of all) {
    const isProxyData = to.address === proxy.address && to.port !== proxy.port
    const text = `${to.address}:${to.port}`
    if (to.address === stranger) problems.push(`a connection to the stranger, ${text}`)
    if (isProxyData && !openings.has(text))
      problems.push(`a connection to ${text}, where no pinhole was`)
  }
  const count = (type: PacketLogRecord['type']): number =>
    records.filter((record) => record.type === type).length
  const toServer = all.filter((to) => to.address === server)
  const toData = toServer.filter((to) => to.port !== control.port)
  // The proxy alone connects to the server: once for a session, once for a pinhole that is used.
  if (toServer.length - toData.length > count('session.open')) problems.push('a client went around')
  if (toData.length > count('pinhole.use')) problems.push('data went around the proxy')
  return problems
}

function entry(cell: Cell, all: readonly Attempt[]): string {
  const isBelieved = all.some((to) => to.address === cell.direct.stranger)
  const direct = `${cell.direct.hasFile ? '✓' : '✗'}${isBelieved ? ' stranger' : ''}`
  return `${direct} → ${cell.proxied.hasFile ? '✓' : '✗'}`
}

describe('through the proxy no client connects elsewhere', () => {
  test.for(REPLY_ROWS.map((row, index) => ({ ...row, index })))(
    '$announcement: $title',
    async ({ index }, context) => {
      requireAll(context)
      attempts ??= wire()
      const all = await attempts
      for (const { name } of CLIENTS) {
        const cell = cells.get(`${index} ${name}`)
        if (cell === undefined) throw new Error(`${name} was not asked`)
        expect(escapes(cell, all), name).toEqual([])
      }
    },
  )

  test('the wire shows what it should: directly strangers are believed', async (context) => {
    requireAll(context)
    attempts ??= wire()
    const all = await attempts
    const entries = REPLY_ROWS.map((row, index) => [
      row.title,
      ...CLIENTS.map(({ name }) => {
        const cell = cells.get(`${index} ${name}`)
        return cell === undefined ? '' : entry(cell, all)
      }),
    ])
    const heading = ['', ...CLIENTS.map(({ name }) => name)]
    context.task.meta.summary = [
      'Odd replies, direct → proxy: ✓ the file came   ✗ it did not   stranger: was connected to',
      drawTable([heading, ...entries]),
    ].join('\n')
    const believers = entries.flat().filter((text) => text.includes('stranger →'))
    expect(believers.length).toBeGreaterThan(0)
  })
})
