/** What a session costs that does nothing: memory, and the time it takes to let many in. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Load } from './load/load.ts'
import type { Row } from './comparison.ts'
import { memoryOf } from './process.ts'
import type { BenchStage } from './stage.ts'

const SETTLE_MS = 2_000
/** Processes that a machine of a few gigabytes can be asked for. */
const FORKED_MAX = 1_000

/** One peer after the other: memory does not drift as speed does. */
export async function measureIdle(
  stages: readonly BenchStage[],
  load: Load,
  counts: readonly number[],
): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const { peer, running, target } of stages) {
    if (running.pid === undefined) continue
    for (const count of counts) {
      if (peer.isForking === true && count > FORKED_MAX) continue
      const before = memoryOf(running.pid)
      const { run, end } = await load.idle(target, count)
      await sleep(SETTLE_MS)
      const each = (memoryOf(running.pid) - before) / run.sessions / 1024
      await end()
      await sleep(SETTLE_MS)
      rows.push({
        peer: peer.name,
        figures: {
          sessions: run.sessions,
          'KiB/session': each,
          'seconds to accept': run.seconds,
          failed: run.failed,
        },
      })
    }
  }
  return rows
}
