/**
 * What the kernel data path costs: one file by RETR from vsftpd to curl, through a router that only
 * routes and through Portcullis, in turns. Client, firewall and server are network namespaces; each
 * way has three of its own. As root:
 *
 *     npm run bench:kernel-throughput -- [MiB] [rounds]
 */
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { formatEndpoint } from '../src/net/endpoint.ts'
import {
  DEPLOYMENTS,
  type DeploymentName,
  SERVER_PASSIVE_PORTS,
  type Site,
  serverEndpoint,
} from '../test/kernel/support/deployment.ts'
import { firewallProblem } from '../test/kernel/support/require.ts'
import { type RunningStage, openStage } from '../test/kernel/support/stage.ts'
import { runProgram, systemProgram } from '../test/support/peers/program.ts'
import { FILES_FOLDER, startServer } from '../test/support/peers/server.ts'
import { VSFTPD } from '../test/support/peers/vsftpd.ts'

type Way = Extract<DeploymentName, 'routed' | 'front-door-kernel' | 'gateway-tproxy'>

interface Measurement {
  readonly megabytesPerSecond: number
  /** CPU time of Portcullis. */
  readonly cpuSeconds: number
}

const WAYS: readonly Way[] = ['routed', 'front-door-kernel', 'gateway-tproxy']
const SITE: Site = { slot: 0, family: 4, tls: 'explicit' }
const FILE = 'large.bin'
const MEBIBYTE = 1 << 20
const TIMEOUT_MS = 120_000
/** Of /proc/<pid>/stat: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

const [mebibytes = '1024', rounds = '5'] = process.argv.slice(2)
const problem = firewallProblem() ?? VSFTPD.problem()
if (problem === undefined) await compare(Number(mebibytes) * MEBIBYTE, Number(rounds))
else {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 1
}

async function compare(bytes: number, times: number): Promise<void> {
  const stages = new Map<Way, RunningStage>()
  try {
    for (const way of WAYS) stages.set(way, await openWay(way, bytes))
    const measurements = new Map<Way, Measurement[]>()
    // The first of each warms the caches.
    for (let round = 0; round <= times; round++)
      for (const [way, stage] of stages) {
        const measurement = await measure(way, stage, bytes)
        if (round > 0) measurements.set(way, [...(measurements.get(way) ?? []), measurement])
      }
    report(measurements, bytes)
  } finally {
    for (const stage of stages.values()) await stage.close()
  }
}

function openWay(way: Way, bytes: number): Promise<RunningStage> {
  return openStage(DEPLOYMENTS[way], async ({ lab, atEnd }) => {
    const { address, port } = serverEndpoint(SITE)
    const place = { host: lab.server, port, passivePorts: SERVER_PASSIVE_PORTS }
    const server = await startServer(VSFTPD, address, place)
    atEnd(server.stop)
    // Sparse: what counts is the way, and it is read from memory after the first time.
    const file = await open(join(server.root, FILE), 'w', 0o644)
    await file.truncate(bytes)
    await file.close()
    return [SITE]
  })
}

async function measure(way: Way, stage: RunningStage, bytes: number): Promise<Measurement> {
  const pid = stage.portcullis?.pid
  const before = cpuSeconds(pid)
  const url = `ftp://${formatEndpoint(DEPLOYMENTS[way].target(SITE))}/${FILES_FOLDER}/${FILE}`
  const user = `${VSFTPD.user}:${VSFTPD.password}`
  const words = ['--disable', '--silent', '--show-error', '--user', user, '--output', '/dev/null']
  const format = '%{size_download} %{speed_download}'
  const curl = systemProgram('curl') ?? 'curl'
  const { status, text } = await stage.lab.client.within(() =>
    runProgram(curl, [...words, '--write-out', format, url], { cwd: '/', timeoutMs: TIMEOUT_MS }),
  )
  const [size, speed] = text.split(' ').map(Number)
  if (status !== 0 || size !== bytes || speed === undefined) throw new Error(`${way}: ${text}`)
  return { megabytesPerSecond: speed / 1e6, cpuSeconds: cpuSeconds(pid) - before }
}

/** User and system time, the 14th and 15th field; the second is a name that may hold blanks. */
function cpuSeconds(pid: number | undefined): number {
  if (pid === undefined) return 0
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

function report(measurements: ReadonlyMap<Way, readonly Measurement[]>, bytes: number): void {
  const speeds = new Map(
    [...measurements].map(([way, of]) => [way, median(of.map((each) => each.megabytesPerSecond))]),
  )
  const routed = speeds.get('routed') ?? Number.NaN
  const lines = [...measurements].map(([way, of]) => {
    const speed = speeds.get(way) ?? Number.NaN
    const cpu =
      way === 'routed'
        ? ''
        : `, ${median(of.map((each) => each.cpuSeconds)).toFixed(2)} s of the proxy's CPU`
    const each = of.map(({ megabytesPerSecond }) => megabytesPerSecond.toFixed(0)).join(' ')
    return `${way.padEnd(18)} ${speed.toFixed(0)} MB/s, ${(speed / routed).toFixed(3)} of routed${cpu} (${each})`
  })
  const what = `RETR of ${bytes / MEBIBYTE} MiB, median of ${[...measurements.values()][0]?.length ?? 0}`
  process.stdout.write(`${what}\n${lines.join('\n')}\n`)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}
