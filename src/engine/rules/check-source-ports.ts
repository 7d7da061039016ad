/** The `from-port` ranges of data rules, where the kernel has a set of expected connections for each. */
import { DEFAULTS } from './defaults.ts'
import type { Parts } from './parts.ts'
import { sourcePartsOf } from './permitted-ports.ts'

/** Each part is two sets and two rules, through which every new connection goes. */
export const SOURCE_PARTS_MAX = 32

export function checkSourcePorts({ rules, dataPath }: Parts): void {
  if ((dataPath?.value ?? DEFAULTS.dataPath) !== 'kernel') return
  const parts = sourcePartsOf(rules.map(({ value }) => value))
  if (parts.length <= SOURCE_PARTS_MAX) return
  const last = rules.findLast(
    ({ value }) => value.kind !== 'control' && value.fromPort !== undefined,
  )
  const message = `the source ports of all data rules divide the ports into ${parts.length} parts`
  const limit = `with "data-path: kernel" there may be ${SOURCE_PARTS_MAX}`
  last?.document.report('error', [...last.path, 'from-port'], `${message}; ${limit}`)
}
