/** What several processes cannot share. */
import { formatPortRange, rangeSize } from '../../net/port.ts'
import { DEFAULTS } from './defaults.ts'
import type { Parts } from './parts.ts'

export function checkWorkers(parts: Parts): void {
  const { workers, dataPath, passivePorts, packetLog } = parts
  if (workers === undefined || workers.value === 1) return
  const report = (message: string): void => workers.document.report('error', workers.path, message)
  if (dataPath?.value === 'kernel') report(`${KERNEL}: leave one of the two out`)
  const range = passivePorts?.value ?? DEFAULTS.passivePorts
  if (rangeSize(range) < workers.value)
    report(
      `each worker needs a passive port of its own, and ${formatPortRange(range)} are fewer than ${workers.value}`,
    )
  if (packetLog?.value.path !== '-') return
  packetLog.document.report('error', [...packetLog.path, 'path'], ONE_STREAM)
}

const KERNEL =
  '"data-path: kernel" is for one process, which has the table of the kernel to itself and does not ' +
  'carry the data'

const ONE_STREAM =
  'each worker writes a log with a chain of its own, and standard output is one stream: name a file'
