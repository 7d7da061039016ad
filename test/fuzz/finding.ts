/** Findings as files: an input and what it showed, to be replayed for ever (findings/README.md). */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Finding {
  readonly target: string
  readonly breaches: readonly string[]
  readonly input: Uint8Array
  /** The input for people. */
  readonly shown: readonly string[]
}

/** @returns the path of the file; the same input has the same name. */
export function writeFinding(folder: string, finding: Finding): string {
  mkdirSync(folder, { recursive: true })
  const { target, breaches, input, shown } = finding
  const digest = createHash('sha256').update(input).digest('hex').slice(0, 12)
  const path = join(folder, `${target}-${digest}.json`)
  const file = { target, breaches, input: Buffer.from(input).toString('base64'), shown }
  writeFileSync(path, `${JSON.stringify(file, undefined, 2)}\n`)
  return path
}

/** @throws Error for a file that is none. */
export function readFindings(folder: string): (Finding & { readonly file: string })[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => ({ file, ...readFinding(readFileSync(join(folder, file), 'utf8'), file) }))
}

function readFinding(text: string, file: string): Finding {
  const { target, breaches, input, shown } = JSON.parse(text) as Record<string, unknown>
  if (typeof target !== 'string' || typeof input !== 'string')
    throw new Error(`${file} is no finding: it lacks target or input`)
  return {
    target,
    breaches: breaches as string[],
    input: Buffer.from(input, 'base64'),
    shown: shown as string[],
  }
}
