/** Reads the packet log of a running Portcullis. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

export type LogRecord = Readonly<Record<string, unknown>> & { readonly type: string }

const PATIENCE_MS = 10_000
const POLL_MS = 50

/** All records so far; the last line may not be whole yet. */
export async function readRecords(path: string): Promise<readonly LogRecord[]> {
  const text = await readFile(path, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogRecord)
}

/** The records that `matches` picks, once there are `count` of them; fewer when none come any more. */
export async function awaitRecords(
  path: string,
  count: number,
  matches: (record: LogRecord) => boolean,
): Promise<readonly LogRecord[]> {
  for (let waited = 0; ; waited += POLL_MS) {
    const found = (await readRecords(path)).filter(matches)
    if (found.length >= count || waited >= PATIENCE_MS) return found
    await sleep(POLL_MS)
  }
}
