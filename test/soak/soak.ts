/** A soak: friends and enemies at the same time for a while, then everything is looked at. */
import { copyFile, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ip } from '../../src/net/ip.ts'
import { askAdmin } from '../../src/shell/admin/ask-admin.ts'
import { parsePortsReport } from '../../src/shell/admin/parse-ports-report.ts'
import { type Bystander, startBystander, type Times } from './bystander.ts'
import { Counts, increment } from './counts.ts'
import { Diagnostics } from './diagnostics.ts'
import { ANY_SOURCE, befriend, type Company } from './friendly.ts'
import { cpuSeconds, descriptors, Gauges, type Sample } from './gauges.ts'
import { raid } from './hostile.ts'
import { LogKeeper } from './log-keeper.ts'
import { type LogTally, tallyLogs } from './log-tally.ts'
import { Pool } from './payload.ts'
import { Random } from './random.ts'
import { openSetting, type Setting } from './setting.ts'

export interface SoakOptions {
  readonly minutes: number
  readonly seed: number
  /** 1: about twelve friendly sessions and eight hostile ones at a time. */
  readonly load: number
  /** A folder for the packet logs, when they are wanted afterwards. */
  readonly keep?: string | undefined
  /** Ends the load before its time. */
  readonly signal?: AbortSignal
  /** Is told now and then how it goes. */
  readonly tell: (text: string) => void
}

/** Everything that was measured. {@link faultsOf} judges it. */
export interface SoakResult {
  readonly options: Pick<SoakOptions, 'minutes' | 'seed' | 'load'>
  readonly counts: Counts
  readonly canaryVisits: number
  readonly samples: readonly Sample[]
  /** Of Portcullis, from its start on. */
  readonly cpuSeconds: number
  readonly baselineDescriptors: number
  readonly finalDescriptors: number
  /** Ports that somebody holds after everybody has gone; `undefined`: nobody could be asked. */
  readonly portsHeld: number | undefined
  readonly tally: LogTally
  /** Friendly sessions that the log does not tell from beginning to end. */
  readonly untold: readonly string[]
  readonly diagnostics: Pick<Diagnostics, 'alarms' | 'firstAlarms' | 'reloads'>
  readonly exitCode: number | string | null
  readonly rotations: number
  readonly reloads: number
  readonly through: Times
  /** The same without Portcullis: what the machine and the server add. */
  readonly direct: Times
}

const FRIENDS = 12
const ENEMIES = 8
/** Between two sessions of one friend or enemy, at a load of 1. */
const PAUSE_MS = 600
const SETTLE_MS = 90_000
const POLL_MS = 250
const TELL_MS = 60_000
const THROUGH_FROM = ip('127.48.0.1')
const DIRECT_FROM = ip('127.48.0.2')

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const friends = Math.max(1, Math.round(FRIENDS * options.load))
  const enemies = Math.max(1, Math.round(ENEMIES * options.load))
  // basic-ftp comes from one address however many there are.
  const sessionsPerClient = friends + 4
  const setting = await openSetting({ sessionsPerClient, place: process.pid & 0xffff })
  try {
    return await soakIn(setting, options, { friends, enemies })
  } finally {
    await setting.stop().catch(() => undefined)
  }
}

async function soakIn(
  setting: Setting,
  options: SoakOptions,
  crowd: { readonly friends: number; readonly enemies: number },
): Promise<SoakResult> {
  const { seed, minutes, load, tell } = options
  const { proxy } = setting
  const diagnostics = new Diagnostics(proxy)
  const pool = new Pool(seed)
  const served = pool.served(new Random(seed, -1))
  for (const { server } of setting.doors) await pool.serve(server.root, served)
  const counts = new Counts(tell)
  // Each listener was looked in at once, to see whether it is there.
  const sessionsFrom = new Map<string, number>([[ANY_SOURCE, setting.doors.length + 1]])
  const company: Company = { seed, setting, pool, served, counts, sessionsFrom }
  const baselineDescriptors = descriptors(proxy.pid)
  const gauges = new Gauges(proxy.pid)
  const keeper = new LogKeeper(setting)
  const bystanders = startBystanders(company)
  const until = Date.now() + minutes * 60_000
  const isOver = (): boolean => Date.now() >= until || options.signal?.aborted === true
  const numbers = { friendly: 0, hostile: 0 }
  const work =
    (visit: (number: number) => Promise<void>, kind: keyof typeof numbers) =>
    async (): Promise<void> => {
      while (!isOver()) {
        const number = numbers[kind]
        numbers[kind] += 1
        await visit(number)
        await sleep(new Random(seed, number).whole(0, PAUSE_MS / load))
      }
    }
  const workers = [
    ...times(
      crowd.friends,
      work((number) => befriend(company, number), 'friendly'),
    ),
    ...times(
      crowd.enemies,
      work((number) => raid(company, number), 'hostile'),
    ),
    keepLog(keeper, minutes, isOver),
  ]
  const telling = setInterval(() => tell(progress(counts, gauges.samples.at(-1))), TELL_MS)
  await Promise.all(workers).finally(() => clearInterval(telling))
  tell('the load has stopped')
  const [through, direct] = await Promise.all(bystanders.map((each) => each.finish()))
  const settled = await settle(setting, baselineDescriptors)
  gauges.stop()
  const cpu = cpuSeconds(proxy.pid)
  await stopProxy(setting)
  if (options.keep !== undefined) {
    await mkdir(options.keep, { recursive: true })
    for (const file of keeper.files) await copyFile(file, join(options.keep, basename(file)))
  }
  const tally = await tallyLogs(keeper.files)
  return {
    options: { minutes, seed, load },
    counts,
    canaryVisits: setting.hostile.canaryVisits(),
    samples: gauges.samples,
    cpuSeconds: cpu,
    baselineDescriptors,
    ...settled,
    tally,
    untold: untold(company, tally),
    diagnostics,
    exitCode: proxy.child.exitCode ?? proxy.child.signalCode,
    rotations: keeper.rotations,
    reloads: keeper.reloads,
    through: through ?? NOTHING,
    direct: direct ?? NOTHING,
  }
}

const NOTHING: Times = { count: 0, p50: Number.NaN, p99: Number.NaN, max: Number.NaN }

function times(count: number, start: () => Promise<void>): readonly Promise<void>[] {
  return Array.from({ length: count }, start)
}

/** One through Portcullis and one past it, both to vsftpd, which has a process for each client. */
function startBystanders({ setting, sessionsFrom }: Company): readonly Bystander[] {
  const door = setting.doors[0]
  if (door === undefined) throw new Error('there is no server')
  const { user, password, endpoint } = door.server
  const account = { user, password, directory: setting.directory }
  increment(sessionsFrom, THROUGH_FROM)
  return [
    startBystander({ ...account, at: door.at, source: THROUGH_FROM }),
    startBystander({ ...account, at: endpoint, source: DIRECT_FROM }),
  ]
}

async function keepLog(keeper: LogKeeper, minutes: number, isOver: () => boolean): Promise<void> {
  // Five times in a short run, every minute in a long one.
  const every = Math.min(60_000, (minutes * 60_000) / 6)
  let next = Date.now() + every
  while (!isOver()) {
    await sleep(POLL_MS)
    if (Date.now() < next) continue
    next += every
    await keeper.rotate()
  }
}

function progress(counts: Counts, sample: Sample | undefined): string {
  const { friendlySessions, hostileVisits, transfers, friendlyFailures, wrongBytes } = counts
  return (
    `${Math.round((sample?.seconds ?? 0) / 60)} min: ${friendlySessions} friendly and ` +
    `${hostileVisits} hostile sessions, ${transfers} transfers, ${friendlyFailures} failures, ` +
    `${wrongBytes} wrong, ${sample?.rssKib ?? 0} KiB, ${sample?.descriptors ?? 0} descriptors`
  )
}

/** Waits until nothing is held any more, or for as long as any timeout of the rules lasts. */
async function settle(
  setting: Setting,
  baseline: number,
): Promise<{ readonly finalDescriptors: number; readonly portsHeld: number | undefined }> {
  const deadline = Date.now() + SETTLE_MS
  for (;;) {
    const portsHeld = await heldPorts(setting.adminSocket)
    const finalDescriptors = descriptors(setting.proxy.pid)
    const isSettled = portsHeld === 0 && finalDescriptors <= baseline
    if (isSettled || Date.now() > deadline) return { finalDescriptors, portsHeld }
    await sleep(POLL_MS)
  }
}

async function heldPorts(adminSocket: string): Promise<number | undefined> {
  const report = parsePortsReport(await askAdmin(adminSocket, { request: 'ports' }))
  if (report === undefined) return undefined
  const holders = report.ranges.flatMap((range) => range.holders)
  return holders.reduce((sum, { used, open }) => sum + used + open.length, 0)
}

/** As an operator does, and waits for the last record. */
async function stopProxy({ proxy }: Setting): Promise<void> {
  const { child } = proxy
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  if (child.exitCode !== null || child.signalCode !== null) return
  process.kill(proxy.pid, 'SIGTERM')
  await Promise.race([gone, sleep(SETTLE_MS, undefined, { ref: false })])
}

/** Each address has to have begun and ended as many sessions as it was sent out for. */
function untold({ sessionsFrom }: Company, { opened, closed }: LogTally): readonly string[] {
  return [...sessionsFrom].flatMap(([address, sessions]) => {
    const [begun, over] = [opened.get(address) ?? 0, closed.get(address) ?? 0]
    return begun === sessions && over === sessions
      ? []
      : [`${address}: ${sessions} sessions, of which ${begun} began and ${over} ended in the log`]
  })
}
