/** Runs one cell: a session with all steps, then a session that is broken off, and judges both. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { sameEndpoint } from '../../src/net/endpoint.ts'
import type { ClientKind, ClientPlan, Step } from '../support/peers/client.ts'
import type { Outcome } from '../support/peers/program.ts'
import { FILES_FOLDER, type RunningServer } from '../support/peers/server.ts'
import {
  type Cell,
  type CellReport,
  type Load,
  OPERATIONS,
  type Operation,
  type Way,
} from './cell.ts'
import {
  REMOTE,
  REMOTE_LARGE,
  SIZES,
  type Served,
  type Sha256,
  type Size,
  digestOf,
  digestOfFile,
  firstHalf,
} from './files.ts'
import type { RunningFront } from './front.ts'
import { announcementProblem, leakProblem, saysAbort } from './transcript.ts'

/** Everything the cells of one server share. */
export interface Laboratory {
  readonly server: RunningServer
  readonly served: Served
  /** Digest of the large file. */
  readonly large: Sha256
}

interface Bench {
  readonly cell: Cell
  readonly client: ClientKind
  readonly laboratory: Laboratory
  readonly front: RunningFront
  readonly plan: ClientPlan
  /** Makes names on the server this cell's own. */
  readonly prefix: string
}

/** `undefined` when the operation did what it should. */
type Problem = string | undefined
type Check = () => Promise<Problem>

/** Many times what they take: a session that hangs must end well before the test's own time. */
const TIMEOUT_MS: Readonly<Record<Load, number>> = { usual: 30_000, large: 60_000 }
const STORY_CHARS = 16_000

/** Operations a cell consists of, before the known gaps are taken out. */
export function operationsOf(client: ClientKind, cell: Cell): readonly Operation[] {
  const isLarge = (operation: Operation): boolean => operation.endsWith('256 MiB')
  if (cell.load === 'large') return OPERATIONS.filter(isLarge)
  return OPERATIONS.filter(
    (operation) => !isLarge(operation) && (operation !== 'abort' || client.abort !== undefined),
  )
}

export async function runCell(
  cell: Cell,
  client: ClientKind,
  way: Way,
  front: RunningFront,
  laboratory: Laboratory,
  operations: readonly Operation[],
): Promise<CellReport> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-cell-'))
  const plan: ClientPlan = {
    endpoint: front.endpoint,
    user: laboratory.server.user,
    password: laboratory.server.password,
    folder: FILES_FOLDER,
    announcement: cell.announcement,
    family: cell.family,
    source: front.source,
    directory,
    timeoutMs: TIMEOUT_MS[cell.load],
  }
  const prefix = `${cell.client}-${randomBytes(6).toString('hex')}`
  const bench: Bench = { cell, client, laboratory, front, plan, prefix }
  try {
    const problems = new Map<Operation, Problem>()
    const inSession = operations.filter((operation) => operation !== 'abort')
    if (inSession.length > 0)
      for (const [operation, problem] of await runSession(bench, inSession))
        problems.set(operation, problem)
    if (operations.includes('abort')) problems.set('abort', await runAbort(bench))
    return report(cell, way, problems)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function report(cell: Cell, way: Way, problems: ReadonlyMap<Operation, Problem>): CellReport {
  const failed = [...problems].flatMap(([operation, problem]) =>
    problem === undefined ? [] : [{ operation, problem }],
  )
  const passed = [...problems].flatMap(([operation, problem]) =>
    problem === undefined ? [operation] : [],
  )
  return { ...cell, way, passed, failed, left: [] }
}

async function runSession(
  bench: Bench,
  operations: readonly Operation[],
): Promise<Map<Operation, Problem>> {
  const steps: Step[] = []
  const checks: [Operation, Check][] = []
  for (const operation of operations) {
    const { step, check } = await prepare(bench, operation)
    steps.push(step)
    checks.push([operation, check])
  }
  const outcome = await bench.client.run(bench.plan, steps)
  const general = transcriptProblem(bench, outcome)
  const problems = new Map<Operation, Problem>()
  let isExplained = false
  for (const [operation, check] of checks) {
    const problem = (await check()) ?? general
    // One transcript is enough for a session, at the first operation that failed.
    problems.set(
      operation,
      problem === undefined || isExplained ? problem : explain(problem, outcome),
    )
    isExplained ||= problem !== undefined
  }
  return problems
}

async function runAbort(bench: Bench): Promise<Problem> {
  const { client, plan, laboratory } = bench
  if (client.abort === undefined) return 'the client cannot abort'
  const local = 'after-abort'
  const outcome = await client.abort({
    ...plan,
    remote: REMOTE.aborted,
    next: { remote: REMOTE['1 B'], local },
  })
  const after = await digestOfFile(join(plan.directory, local))
  const wanted = client.continuesAfterAbort
    ? laboratory.served.digests['1 B']
    : // The part that was asked for, of a file that is all zeros.
      digestOf(Buffer.alloc(1_000))
  let problem = transcriptProblem(bench, outcome)
  if (!saysAbort(outcome.text)) problem = 'nothing was aborted'
  if (after !== wanted) problem = 'the session did not go on after ABOR'
  if (outcome.status !== 0) problem = `the client ended with ${outcome.status}`
  return problem === undefined ? undefined : explain(problem, outcome)
}

function transcriptProblem(bench: Bench, outcome: Outcome): Problem {
  const { cell, front, laboratory } = bench
  const isProxied = !sameEndpoint(front.endpoint, laboratory.server.endpoint)
  return (
    announcementProblem(outcome.text, cell.announcement) ??
    (isProxied ? leakProblem(outcome.text, front, laboratory.server) : undefined)
  )
}

/** A failure is read in the log of a machine nobody can reach: it carries the whole story. */
function explain(problem: string, outcome: Outcome): string {
  const story = outcome.text.replaceAll('\0', '').trimEnd().slice(-STORY_CHARS)
  return `${problem} (client ended with ${outcome.status})\n${story}`
}

async function prepare(
  bench: Bench,
  operation: Operation,
): Promise<{ readonly step: Step; readonly check: Check }> {
  switch (operation) {
    case 'download 0 B':
      return download(bench, '0 B')
    case 'download 1 B':
      return download(bench, '1 B')
    case 'download 1 MiB':
      return download(bench, '1 MiB')
    case 'upload 0 B':
      return upload(bench, '0 B')
    case 'upload 1 B':
      return upload(bench, '1 B')
    case 'upload 1 MiB':
      return upload(bench, '1 MiB')
    case 'list':
      return list(bench)
    case 'resume':
      return resume(bench)
    case 'download 256 MiB':
      return downloadLarge(bench)
    case 'upload 256 MiB':
      return uploadLarge(bench)
    case 'abort':
      throw new Error('an abort is a session of its own')
  }
}

function download(bench: Bench, size: Size): { step: Step; check: Check } {
  const local = `downloaded-${SIZES[size]}`
  const path = join(bench.plan.directory, local)
  return {
    step: { type: 'download', remote: REMOTE[size], local },
    check: () => compareFile(path, bench.laboratory.served.digests[size]),
  }
}

async function upload(bench: Bench, size: Size): Promise<{ step: Step; check: Check }> {
  const content = randomBytes(SIZES[size])
  const local = `to-upload-${SIZES[size]}`
  await writeFile(join(bench.plan.directory, local), content)
  const remote = `${bench.prefix}-${SIZES[size]}`
  return {
    step: { type: 'upload', local, remote },
    check: () => compareUpload(bench, remote, digestOf(content)),
  }
}

function list(bench: Bench): { step: Step; check: Check } {
  const local = 'listing'
  return {
    step: { type: 'list', local },
    check: async () => {
      const listing = await readFile(join(bench.plan.directory, local), 'latin1').catch(() => '')
      const missing = Object.values(REMOTE).filter((name) => !listing.includes(name))
      return missing.length === 0 ? undefined : `the listing lacks ${missing.join(', ')}`
    },
  }
}

async function resume(bench: Bench): Promise<{ step: Step; check: Check }> {
  const local = 'resumed'
  const path = join(bench.plan.directory, local)
  await writeFile(path, firstHalf())
  return {
    step: { type: 'resume', remote: REMOTE['1 MiB'], local },
    check: () => compareFile(path, bench.laboratory.served.resumed),
  }
}

function downloadLarge(bench: Bench): { step: Step; check: Check } {
  const local = 'large'
  const path = join(bench.plan.directory, local)
  return {
    step: { type: 'download', remote: REMOTE_LARGE, local },
    check: () => compareFile(path, bench.laboratory.large),
  }
}

function uploadLarge(bench: Bench): { step: Step; check: Check } {
  const remote = `${bench.prefix}-large`
  // The server's own file is what is uploaded: it lies on the same disk.
  const local = join(bench.laboratory.server.root, REMOTE_LARGE)
  return {
    step: { type: 'upload', local, remote },
    check: () => compareUpload(bench, remote, bench.laboratory.large),
  }
}

async function compareUpload(bench: Bench, remote: string, wanted: Sha256): Promise<Problem> {
  const path = join(bench.laboratory.server.root, remote)
  const problem = await compareFile(path, wanted)
  await rm(path, { force: true })
  return problem
}

async function compareFile(path: string, wanted: Sha256): Promise<Problem> {
  const digest = await digestOfFile(path)
  if (digest === wanted) return undefined
  return digest === undefined ? 'no file arrived' : 'the file that arrived differs'
}
