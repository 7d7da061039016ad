/**
 * What the kernel data path costs: one file by RETR from vsftpd to curl, in turns, through
 *
 * - a router that only routes, twice: what differs between the two is noise;
 * - one that tracks connections and has hooks for NAT, without Portcullis: what no firewall that
 *   keeps state can do without;
 * - netfilter's own FTP helper;
 * - Portcullis as front door and as transparent gateway.
 *
 * Client, firewall and server are network namespaces; each way has three of its own. As root:
 *
 *     npm run bench:kernel-throughput -- [MiB] [rounds]
 */
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type Endpoint, formatEndpoint } from '../src/net/endpoint.ts'
import {
  DEPLOYMENTS,
  type DeploymentName,
  SERVER_PASSIVE_PORTS,
  type Site,
  serverEndpoint,
} from '../test/kernel/support/deployment.ts'
import { startHelper } from '../test/kernel/support/helper.ts'
import type { Lab } from '../test/kernel/support/lab.ts'
import { firewallProblem } from '../test/kernel/support/require.ts'
import { type RunningStage, openStage } from '../test/kernel/support/stage.ts'
import { runProgram, systemProgram } from '../test/support/peers/program.ts'
import { FILES_FOLDER, startServer } from '../test/support/peers/server.ts'
import { VSFTPD } from '../test/support/peers/vsftpd.ts'

interface Way {
  readonly name: string
  readonly deployment: DeploymentName
  /** Where clients connect to, when not as the deployment says. */
  readonly target?: Endpoint
  readonly prepare?: (lab: Lab) => void
}

interface Measurement {
  readonly megabytesPerSecond: number
  /** Of Portcullis, by the kernel's clock of 10 ms. */
  readonly cpuSeconds: number
}

type Round = ReadonlyMap<Way, Measurement>

const SITE: Site = { slot: 0, family: 4, tls: 'explicit' }
const DOOR = DEPLOYMENTS['front-door-kernel'].target(SITE)
const TRACKING = `
  table inet tracking {
    chain forward {
      type filter hook forward priority filter; policy accept;
      ct state established,related accept
    }
    chain prerouting { type nat hook prerouting priority dstnat; policy accept; }
    chain postrouting { type nat hook postrouting priority srcnat; policy accept; }
  }`
const ROUTED: Way = { name: 'routed', deployment: 'routed' }
const WAYS: readonly Way[] = [
  ROUTED,
  { name: 'routed again', deployment: 'routed' },
  { name: 'tracked', deployment: 'routed', prepare: ({ firewall }) => firewall.nft(TRACKING) },
  {
    name: 'kernel helper',
    deployment: 'routed',
    target: DOOR,
    prepare: (lab) => startHelper(lab, [{ door: DOOR, server: serverEndpoint(SITE) }]),
  },
  { name: 'front door', deployment: 'front-door-kernel' },
  { name: 'gateway, tproxy', deployment: 'gateway-tproxy' },
]
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
  const stages: [Way, RunningStage][] = []
  try {
    for (const way of WAYS) stages.push([way, await openWay(way, bytes)])
    const measured: Round[] = []
    for (let round = 0; round <= times; round++) {
      const first = round % stages.length
      const turn = new Map<Way, Measurement>()
      // Speed drifts within a round as well: no way has a place of its own in it.
      for (const [way, stage] of [...stages.slice(first), ...stages.slice(0, first)])
        turn.set(way, await measure(way, stage, bytes))
      // The first of each warms the caches.
      if (round > 0) measured.push(turn)
    }
    report(measured, bytes)
  } finally {
    for (const [, stage] of stages) await stage.close()
  }
}

async function openWay(way: Way, bytes: number): Promise<RunningStage> {
  const stage = await openStage(DEPLOYMENTS[way.deployment], async ({ lab, atEnd }) => {
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
  way.prepare?.(stage.lab)
  return stage
}

async function measure(way: Way, stage: RunningStage, bytes: number): Promise<Measurement> {
  const pid = stage.portcullis?.pid
  const before = cpuSeconds(pid)
  const target = formatEndpoint(way.target ?? DEPLOYMENTS[way.deployment].target(SITE))
  const url = `ftp://${target}/${FILES_FOLDER}/${FILE}`
  const user = `${VSFTPD.user}:${VSFTPD.password}`
  const words = ['--disable', '--silent', '--show-error', '--user', user, '--output', '/dev/null']
  const format = '%{size_download} %{speed_download}'
  const curl = systemProgram('curl') ?? 'curl'
  const { status, text } = await stage.lab.client.within(() =>
    runProgram(curl, [...words, '--write-out', format, url], { cwd: '/', timeoutMs: TIMEOUT_MS }),
  )
  const [size, speed] = text.split(' ').map(Number)
  if (status !== 0 || size !== bytes || speed === undefined) throw new Error(`${way.name}: ${text}`)
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

/** Ratios are taken within a round, since the machine's speed drifts from one to the next. */
function report(measured: readonly Round[], bytes: number): void {
  const lines = WAYS.map((way) => {
    const mine = measured.map((round) => measurementOf(round, way))
    const speeds = mine.map(({ megabytesPerSecond }) => megabytesPerSecond)
    const ratios = measured.map(
      (round) =>
        measurementOf(round, way).megabytesPerSecond /
        measurementOf(round, ROUTED).megabytesPerSecond,
    )
    const cpu = median(mine.map((each) => each.cpuSeconds)).toFixed(2)
    const columns = [
      way.name.padEnd(16),
      `${median(speeds).toFixed(0).padStart(5)} MB/s`,
      `${median(ratios).toFixed(3)} of routed`,
      ...(way.deployment === 'routed' ? [] : [`${cpu} s of the proxy's CPU`]),
    ]
    return columns.join('   ')
  })
  const what = `RETR of ${bytes / MEBIBYTE} MiB, medians of ${measured.length}`
  process.stdout.write(`${what}\n${lines.join('\n')}\n`)
}

function measurementOf(round: Round, way: Way): Measurement {
  const found = round.get(way)
  if (found === undefined) throw new Error(`${way.name} was not measured`)
  return found
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}
