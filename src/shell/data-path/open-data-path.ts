import type { Logger } from 'pino'
import type { Evaluator, Ruleset } from '../../engine/rules/ruleset.ts'
import type { DataEvent, DataPath } from './data-path.ts'
import { createKernelDataPath } from './kernel/kernel-data-path.ts'
import { requireKernel } from './kernel/open-kernel.ts'
import type { RangeListenersFactory } from './range-listeners.ts'
import { createRelayDataPath } from './relay-data-path.ts'

/**
 * The data path that the rule file names. Rejects with a KernelDataPathError when this host or this
 * process cannot have it.
 */
export async function openDataPath(
  report: (event: DataEvent) => void,
  options: {
    readonly evaluator: Evaluator
    readonly logger: Logger
    /** Who listens for static ranges, where the relay does not. */
    readonly ranges?: RangeListenersFactory | undefined
  },
): Promise<DataPath> {
  return options.evaluator.ruleset.dataPath === 'kernel'
    ? createKernelDataPath(report, options)
    : createRelayDataPath(report, { ranges: options.ranges })
}

/**
 * What can be known before anything is changed.
 * @throws KernelDataPathError when this process may not have the data path that the rule file names.
 */
export function requireDataPath({ dataPath }: Ruleset): void {
  if (dataPath === 'kernel') requireKernel()
}
