/**
 * `internals.ts` by itself. As root, the kernel data path takes part.
 *
 *     npm run bench:internal [-- --full]
 */
import { formatComparison } from '../results/table.ts'
import { compareInternals } from './internals.ts'

const rounds = process.argv.includes('--full') ? 5 : 1
for (const comparison of await compareInternals({ rounds }))
  process.stdout.write(`${formatComparison(comparison)}\n\n`)
