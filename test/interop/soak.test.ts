/** Two minutes of the soak: all that should be zero is zero. */
import { expect, test } from 'vitest'
import { requirePeers } from '../support/peers/require.ts'
import { faultsOf, toTable } from '../soak/report.ts'
import { settingProblem } from '../soak/setting.ts'
import { soak } from '../soak/soak.ts'

const MINUTES = 2
/** For servers to start, sessions to end and the log to be read, on a slow machine. */
const TIMEOUT_MS = 6 * 60_000

test(
  'friends and enemies at the same time leave nothing behind',
  async (context) => {
    requirePeers(context, [settingProblem()])
    const lines: string[] = []
    const result = await soak({
      minutes: MINUTES,
      seed: 1,
      load: 0.5,
      tell: (text) => lines.push(text),
    })
    context.task.meta.summary = toTable(result)
    expect(faultsOf(result), lines.join('\n')).toEqual([])
  },
  TIMEOUT_MS,
)
