/** `portcullis audit --html FILE`: a report that a browser opens, written when all is read. */
import { Buffer } from 'node:buffer'
import { open, rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { Auditor } from '../record/audit/auditor.ts'
import { shortBytes } from '../record/audit/quantity.ts'
import { ReportBuilder } from '../record/report/report-builder.ts'
import { reportHtml } from '../record/report/report-html.ts'
import { type AuditArguments, filterOf } from './audit-arguments.ts'
import { checkTarget, explainWrite } from './audit-html-target.ts'
import { AuditOutput } from './audit-output.ts'
import { openGivenLogs, readThrough } from './audit-reading.ts'
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
  const chains = await openGivenLogs(given.logs, given['in-order'])
  const output = new AuditOutput(process.stdout)
  const report = async (): Promise<Report> => {
    const builder = new ReportBuilder()
    const auditor = new Auditor(filter, builder)
    const damaged = await readThrough({ chains, auditor, output, isQuiet: false })
    const model = builder.report()
    const source = chains
      .flat()
      .map(({ name }) => basename(name))
      .join(', ')
    const pieces = reportHtml(model, { source, madeAt: new Date().toISOString() })
    return { damaged, sessions: model.total.sessions, pieces }
  }
  if (path === '-') {
    const { damaged, pieces } = await report()
    await writeBlocks(pieces, async (text) => {
      output.write(text)
      await output.flush()
    })
    return damaged === 0 ? EXIT.ok : EXIT.failed
  }
  await checkTarget(path, chains.flat())
  // Whoever looks at the report of yesterday sees all of it until this one is complete.
  const partial = `${path}.${process.pid}.partial`
  const file = await explainWrite(path, () => open(partial, 'wx', OWNER_ONLY))
  try {
    const { damaged, sessions, pieces } = await report()
    let bytes = 0
    await explainWrite(path, () =>
      writeBlocks(pieces, async (text) => {
        const block = Buffer.from(text, 'utf8')
        bytes += block.length
        await file.appendFile(block)
      }),
    )
    await explainWrite(path, () => rename(partial, path))
    output.write(`${path}: ${countOf(sessions, 'session')}, ${shortBytes(bytes)}\n`)
    await output.flush()
    return damaged === 0 ? EXIT.ok : EXIT.failed
  } finally {
    await file.close()
    await rm(partial, { force: true })
  }
}

interface Report {
  /** How much of the logs is. */
  readonly damaged: number
  readonly sessions: number
  readonly pieces: Iterable<string>
}

async function writeBlocks(
  pieces: Iterable<string>,
  write: (text: string) => Promise<void>,
): Promise<void> {
  let block: string[] = []
  let size = 0
  for (const piece of pieces) {
    block.push(piece)
    size += piece.length
    if (size < BLOCK) continue
    await write(block.join(''))
    block = []
    size = 0
  }
  await write(block.join(''))
}
