/** `portcullis audit --html FILE`: a report that a browser opens, written when all is read. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { Auditor } from '../record/audit/auditor.ts'
import { shortBytes } from '../record/audit/quantity.ts'
import { ReportBuilder } from '../record/report/report-builder.ts'
import { reportHtml } from '../record/report/report-html.ts'
import { type AuditArguments, filterOf } from './audit-arguments.ts'
import { AuditOutput } from './audit-output.ts'
import { openGivenLogs, readThrough } from './audit-reading.ts'
import { EnvironmentError } from './environment-error.ts'
import { EXIT } from './exit-code.ts'
import { countOf } from './plural.ts'
import { UsageError } from './usage-error.ts'

/** What a log says is for those who may read the log. */
const OWNER_ONLY = 0o600
/** Characters written at once. */
const BLOCK = 256 * 1024

/** Resolves to the exit code. @throws UsageError, EnvironmentError */
export async function auditHtml(given: AuditArguments, path: string): Promise<number> {
  if (given.format !== 'table')
    throw new UsageError(`--html is a format of its own: leave out --format ${given.format}`)
  const filter = filterOf(given, Date.now())
  const sources = await openGivenLogs(given.logs, given['in-order'])
  // Whoever looks at the report of yesterday sees all of it until this one is complete.
  const partial = `${path}.partial`
  const file = await orExplain(path, () => open(partial, 'w', OWNER_ONLY))
  try {
    const builder = new ReportBuilder()
    const auditor = new Auditor(filter, builder)
    const output = new AuditOutput(process.stdout)
    const damaged = await readThrough({ sources, auditor, output, isQuiet: false })
    const model = builder.report()
    const source = sources.map(({ name }) => basename(name)).join(', ')
    const pieces = reportHtml(model, { source, madeAt: new Date().toISOString() })
    const bytes = await orExplain(path, () => writeAll(file, pieces))
    await orExplain(path, () => rename(partial, path))
    output.write(`${path}: ${countOf(model.total.sessions, 'session')}, ${shortBytes(bytes)}\n`)
    await output.flush()
    return damaged === 0 ? EXIT.ok : EXIT.failed
  } finally {
    await file.close()
    await rm(partial, { force: true })
  }
}

/** @returns how many bytes they are. */
async function writeAll(file: FileHandle, pieces: Iterable<string>): Promise<number> {
  let bytes = 0
  let block: string[] = []
  let size = 0
  const flush = async (): Promise<void> => {
    const text = Buffer.from(block.join(''), 'utf8')
    block = []
    size = 0
    bytes += text.length
    await file.appendFile(text)
  }
  for (const piece of pieces) {
    block.push(piece)
    size += piece.length
    if (size >= BLOCK) await flush()
  }
  await flush()
  return bytes
}

async function orExplain<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new EnvironmentError(`cannot write ${path}: ${why}`, { cause: error })
  }
}
