/**
 * Friendly sessions. Which client goes to which server how is decided by the seed and the number of
 * the session alone; success is judged by the bytes on disk.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Ip, ip } from '../../src/net/ip.ts'
import { knownTlsGap } from '../interop/tls-known-gaps.ts'
import type { Announcement, ClientKind, ClientPlan, Step } from '../support/peers/client.ts'
import { BASIC_FTP } from '../support/peers/clients/basic-ftp.ts'
import { CURL } from '../support/peers/clients/curl.ts'
import { FTPLIB } from '../support/peers/clients/ftplib.ts'
import { LFTP } from '../support/peers/clients/lftp.ts'
import type { Outcome } from '../support/peers/program.ts'
import { FILES_FOLDER } from '../support/peers/server.ts'
import { TLS_CLIENTS } from '../support/peers/tls-clients.ts'
import { BASIC_FTP_TLS } from '../support/peers/tls-clients/basic-ftp-tls.ts'
import { CURL_PASSIVE, CURL_TLS } from '../support/peers/tls-clients/curl-tls.ts'
import type {
  ProtectionLevel,
  Security,
  TlsClientKind,
  TlsStep,
  TlsVersion,
} from '../support/peers/tls-client.ts'
import { PATIENCE_MS } from './control.ts'
import { type Counts, increment } from './counts.ts'
import type { Payload, Pool, ServedFile } from './payload.ts'
import { Random } from './random.ts'
import { runScripted } from './scripted-session.ts'
import type { Door, Setting } from './setting.ts'

export interface Company {
  readonly seed: number
  readonly setting: Setting
  readonly pool: Pool
  readonly served: readonly ServedFile[]
  readonly counts: Counts
  /** How many sessions each address had. */
  readonly sessionsFrom: Map<string, number>
}

/** basic-ftp cannot be told where to connect from: this is where it does. */
export const ANY_SOURCE: Ip = ip('127.0.0.1')
const CLEAR_PROGRAMS: readonly ClientKind[] = [CURL, LFTP, FTPLIB]
const STEPS_MAX = 4

/** Another program for every so many sessions of this process: starting one is dear. */
const SHARE_SCRIPTED = 0.55
const SHARE_BASIC_FTP = 0.8

export async function befriend(company: Company, number: number): Promise<void> {
  const { counts, setting } = company
  const random = new Random(company.seed, 2 * number)
  const share = random.fraction()
  const source = share >= SHARE_SCRIPTED && share < SHARE_BASIC_FTP ? ANY_SOURCE : sourceOf(number)
  counts.friendlySessions += 1
  increment(company.sessionsFrom, source)
  let name = 'scripted'
  try {
    if (share < SHARE_SCRIPTED) {
      const door = random.pick(setting.doors.filter(({ begins }) => begins === 'explicit'))
      name += ` at ${door.kind.plain.name}`
      await runScripted({ ...company, number, door, source, random })
    } else {
      const isBasic = source === ANY_SOURCE
      const visit = random.chance(0.5)
        ? clearVisit(random, setting, isBasic ? [BASIC_FTP] : CLEAR_PROGRAMS)
        : tlsVisit(random, setting, isBasic)
      name = visit.name
      await perform(company, { number, source, random, visit })
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    counts.friendlyFailure(`number ${number}, ${name}: ${text}`)
  }
  increment(counts.sessionsBy, name.split(' at ')[0] ?? name)
}

/** An address for each session, so that the log can be asked about it. */
function sourceOf(number: number): Ip {
  return ip(`127.${64 + ((number >> 16) & 0x1f)}.${(number >> 8) & 0xff}.${number & 0xff}`)
}

/** One way to visit a server. */
interface Visit {
  readonly name: string
  readonly door: Door
  readonly types: readonly Step['type'][]
  readonly leastUpload: number
  readonly run: (plan: ClientPlan, steps: readonly Step[]) => Promise<Outcome>
  readonly announcement: Announcement
}

function clearVisit(random: Random, { doors }: Setting, clients: readonly ClientKind[]): Visit {
  const door = random.pick(doors.filter(({ begins }) => begins === 'explicit'))
  const client = random.pick(clients)
  const announcement = random.pick(client.announcements[4])
  return {
    name: `${client.name} at ${door.kind.plain.name} by ${announcement}`,
    door,
    types: ['download', 'download', 'upload', 'list', 'resume'],
    leastUpload: 0,
    run: client.run,
    announcement,
  }
}

interface TlsWay {
  readonly client: TlsClientKind
  readonly door: Door
  readonly security: Security
  readonly version: TlsVersion
  readonly protection: ProtectionLevel
  readonly announcement: Announcement
}

function tlsVisit(random: Random, setting: Setting, isBasic: boolean): Visit {
  const clients = TLS_CLIENTS.filter((client) => (client === BASIC_FTP_TLS) === isBasic)
  const way = random.pick(setting.doors.flatMap((door) => tlsWays(clients, door)))
  const { client, door, security, version, protection, announcement } = way
  return {
    name: `${client.name} ${security} at ${door.kind.plain.name} ${version} PROT ${protection} by ${announcement}`,
    door,
    types: canUpload(way) ? ['download', 'upload'] : ['download'],
    leastUpload: client === BASIC_FTP_TLS ? LEAST_UPLOAD_OF_BASIC_FTP : 0,
    announcement,
    run: (plan, steps) => {
      const tls = { security, version, protection, authority: door.server.authority }
      const transfers = steps.flatMap((step): TlsStep[] =>
        step.type === 'download' || step.type === 'upload' ? [{ ...step, announcement }] : [],
      )
      return client.run({ ...plan, ...tls }, transfers)
    },
  }
}

/**
 * Without a proxy as well, and more often: curl closes an upload with the tickets of TLS 1.3 unread,
 * which resets the connection. The server may lose the end of the file, and curl has no ticket for the
 * next connection, which servers that demand resumption then refuse.
 */
function canUpload({ client, version, protection }: TlsWay): boolean {
  const isCurl = client === CURL_TLS || client === CURL_PASSIVE
  return !(isCurl && version === '1.3' && protection === 'P')
}

/**
 * Without a proxy as well: basic-ftp ends an empty upload before the TLS handshake is over, which the
 * server answers with the alert decode_error.
 */
const LEAST_UPLOAD_OF_BASIC_FTP = 1

/** What of all combinations works through a relay. */
function tlsWays(clients: readonly TlsClientKind[], door: Door): TlsWay[] {
  const ways: TlsWay[] = []
  for (const client of clients)
    for (const security of client.securities) {
      if ((security === 'implicit') !== (door.begins === 'implicit')) continue
      if (security === 'ccc' && !door.kind.hasClearCommandChannel) continue
      for (const version of ['1.2', '1.3'] as const)
        for (const protection of client.protections)
          for (const announcement of client.announcements) {
            // An encrypted 227 names the server: the client has to ignore that.
            const isLost =
              announcement === 'PASV' && security !== 'ccc' && client.heedsPassiveAddress
            const server = door.kind.plain.name
            const requiresReuse = door.kind.canRequireReuse
            const cell = {
              server,
              client: client.name,
              security,
              version,
              protection,
              requiresReuse,
            }
            if (isLost || knownTlsGap(cell, announcement, 'proxy') !== undefined) continue
            ways.push({ client, door, security, version, protection, announcement })
          }
    }
  return ways
}

interface Appointment {
  readonly number: number
  readonly source: Ip
  readonly random: Random
  readonly visit: Visit
}

/** A step, and what must lie on disk after it. */
interface Errand {
  readonly step: Step
  readonly path: string
  readonly expected: Payload | 'listing'
}

async function perform(company: Company, appointment: Appointment): Promise<void> {
  const { setting } = company
  const { number, source, random, visit } = appointment
  const { door } = visit
  const directory = join(setting.directory, `client-${number}`)
  await mkdir(directory)
  const errands: Errand[] = []
  try {
    const steps = random.whole(1, STEPS_MAX)
    for (let index = 0; index < steps; index++)
      errands.push(await prepare(company, appointment, { directory, index }))
    const plan: ClientPlan = {
      endpoint: door.at,
      user: door.server.user,
      password: door.server.password,
      folder: FILES_FOLDER,
      announcement: visit.announcement,
      family: 4,
      source: source === ANY_SOURCE ? undefined : source,
      directory,
      timeoutMs: PATIENCE_MS,
    }
    const { status, text } = await visit.run(
      plan,
      errands.map(({ step }) => step),
    )
    if (status !== 0) throw new Error(`it ended with ${status}: ${text.slice(-1_500)}`)
    for (const errand of errands) await judge(company, errand, visit.name)
  } finally {
    await rm(directory, { recursive: true, force: true })
    for (const { step, path } of errands)
      if (step.type === 'upload') await rm(path, { force: true })
  }
}

async function prepare(
  { pool, served }: Company,
  { number, random, visit }: Appointment,
  { directory, index }: { readonly directory: string; readonly index: number },
): Promise<Errand> {
  const local = `local-${index}`
  const type = random.pick(visit.types)
  const path = join(directory, local)
  switch (type) {
    case 'download': {
      const file = random.pick(served)
      return { step: { type, remote: file.name, local }, path, expected: file }
    }
    case 'resume': {
      const file = random.pick(served.filter(({ size }) => size > 1))
      const there = { offset: file.offset, size: random.whole(1, file.size - 1) }
      await writeFile(path, pool.bytes(there))
      return { step: { type, remote: file.name, local }, path, expected: file }
    }
    case 'upload': {
      const chosen = pool.choose(random)
      const payload = { ...chosen, size: Math.max(chosen.size, visit.leastUpload) }
      const remote = `upload-${number}-${index}`
      await writeFile(path, pool.bytes(payload))
      const arrived = join(visit.door.server.root, remote)
      return { step: { type, local, remote }, path: arrived, expected: payload }
    }
    case 'list':
      return { step: { type, local }, path, expected: 'listing' }
  }
}

async function judge({ pool, served, counts }: Company, errand: Errand, by: string): Promise<void> {
  const { expected, step, path } = errand
  const found = await readOrNothing(path)
  const what = `${step.type} by ${by}`
  if (expected === 'listing') {
    const isWhole = served.every(({ name }) => found?.includes(name) === true)
    counts.transfer(found?.length ?? 0, isWhole, what)
  } else {
    const isEqual = found?.equals(pool.bytes(expected)) ?? false
    counts.transfer(expected.size, isEqual, `${expected.size} bytes, ${what}`)
  }
}

async function readOrNothing(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch {
    return undefined
  }
}
