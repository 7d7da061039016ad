/** Runs one cell of the TLS matrix: a session for each announcement, judged by what lies on disk. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ipFamily } from '../../src/net/ip.ts'
import type { Announcement } from '../support/peers/client.ts'
import type { Outcome } from '../support/peers/program.ts'
import { FILES_FOLDER } from '../support/peers/server.ts'
import type { TlsClientKind, TlsClientPlan, TlsStep } from '../support/peers/tls-client.ts'
import type { RunningTlsServer } from '../support/peers/tls/tls-server.ts'
import type { Way } from './cell.ts'
import { REMOTE, type Served, type Sha256, digestOf, digestOfFile } from './files.ts'
import type { RunningFront } from './front.ts'
import type { TlsCell, TlsCellReport } from './tls-cell.ts'
import { securityProblem } from './tls-transcript.ts'
import { announcementProblem, leakProblem } from './transcript.ts'

/** A server with what it serves, and how it is reached. */
export interface TlsLaboratory {
  readonly server: RunningTlsServer
  readonly served: Served
  readonly front: RunningFront
}

/** `undefined` when all is well. */
type Problem = string | undefined

interface Prepared {
  readonly steps: readonly TlsStep[]
  readonly check: () => Promise<Problem>
}

/** Many times what a session takes: one that hangs must end well before the test's own time. */
const TIMEOUT_MS = 20_000
const STORY_CHARS = 8_000
/** More than a TLS record, and more than one segment even on the loopback interface. */
const UPLOAD_BYTES = 100_000

export async function runTlsCell(
  cell: TlsCell,
  client: TlsClientKind,
  way: Way,
  laboratory: TlsLaboratory,
  announcements: readonly Announcement[],
): Promise<Omit<TlsCellReport, 'left'>> {
  const passed: Announcement[] = []
  const failed: TlsCellReport['failed'][number][] = []
  for (const announcement of announcements) {
    const problem = await runSession(cell, client, laboratory, announcement)
    if (problem === undefined) passed.push(announcement)
    else failed.push({ operation: announcement, problem })
  }
  return { ...cell, way, passed, failed }
}

async function runSession(
  cell: TlsCell,
  client: TlsClientKind,
  laboratory: TlsLaboratory,
  announcement: Announcement,
): Promise<Problem> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-tls-'))
  const plan = planOf(cell, laboratory, announcement, directory)
  try {
    const { steps, check } = await prepare(client, laboratory, plan)
    const outcome = await client.run(plan, steps)
    const problem =
      (await check()) ?? transcriptProblem(cell, client, laboratory, announcement, outcome)
    return problem === undefined ? undefined : explain(problem, outcome)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

export function planOf(
  cell: Pick<TlsCell, 'security' | 'version' | 'protection'>,
  { server, front }: TlsLaboratory,
  announcement: Announcement,
  directory: string,
): TlsClientPlan {
  return {
    endpoint: front.endpoint,
    user: server.user,
    password: server.password,
    folder: FILES_FOLDER,
    announcement,
    family: ipFamily(front.endpoint.address),
    source: front.source,
    directory,
    timeoutMs: TIMEOUT_MS,
    security: cell.security,
    version: cell.version,
    protection: cell.protection,
    authority: server.authority,
  }
}

/**
 * A download, then an upload: the announcement is the first of the session, and a later one. A
 * client that can goes on with every other announcement.
 */
async function prepare(
  client: TlsClientKind,
  laboratory: TlsLaboratory,
  plan: TlsClientPlan,
): Promise<Prepared> {
  const { announcement, directory } = plan
  const others = client.mixesAnnouncements
    ? client.announcements.filter(
        (other) => other !== announcement && (plan.family === 4 || other.startsWith('E')),
      )
    : []
  const downloads = [announcement, ...others].map((each): TlsStep => {
    return { type: 'download', remote: REMOTE['1 MiB'], local: `by-${each}`, announcement: each }
  })
  const [first, ...later] = downloads
  if (first === undefined) throw new Error('there is always one download')
  const remote = `upload-${randomBytes(8).toString('hex')}`
  const content = randomBytes(UPLOAD_BYTES)
  await writeFile(join(directory, 'to-upload'), content)
  const upload: TlsStep = { type: 'upload', remote, local: 'to-upload', announcement }
  return {
    steps: [first, upload, ...later],
    check: async () => {
      for (const { local } of downloads) {
        const problem = await fileProblem(
          join(directory, local),
          laboratory.served.digests['1 MiB'],
        )
        if (problem !== undefined) return `download ${local}: ${problem}`
      }
      const uploaded = join(laboratory.server.root, remote)
      const problem = await fileProblem(uploaded, digestOf(content))
      await rm(uploaded, { force: true })
      return problem === undefined ? undefined : `upload: ${problem}`
    },
  }
}

async function fileProblem(path: string, wanted: Sha256): Promise<Problem> {
  const digest = await digestOfFile(path)
  if (digest === wanted) return undefined
  return digest === undefined ? 'no file arrived' : 'the file that arrived differs'
}

function transcriptProblem(
  cell: TlsCell,
  client: TlsClientKind,
  { server, front }: TlsLaboratory,
  announcement: Announcement,
  { status, text }: Outcome,
): Problem {
  if (status !== 0) return `the client ended with ${status}`
  return (
    securityProblem(text, cell) ??
    (client.mixesAnnouncements ? undefined : announcementProblem(text, announcement)) ??
    // Only what the proxy can read can it rewrite.
    (cell.security === 'ccc' && front.endpoint.address !== server.endpoint.address
      ? leakProblem(text, front, server)
      : undefined)
  )
}

function explain(problem: string, outcome: Outcome): string {
  const text = outcome.text.slice(-STORY_CHARS)
  return `${problem}\nthe client ended with ${outcome.status} and said:\n${text}`
}
