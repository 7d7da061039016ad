/** `portcullis ports`: asks a running process who uses which of its ports. */
import { tmpdir } from 'node:os'
import { Terminal } from '../demo/terminal.ts'
import { AdminError } from '../shell/admin/admin-error.ts'
import { askAdmin } from '../shell/admin/ask-admin.ts'
import { parsePortsReport } from '../shell/admin/parse-ports-report.ts'
import type { PortsReport } from '../shell/admin/ports-report.ts'
import { defaultSocketPath } from '../shell/admin/socket-path.ts'
import { portsTable } from './ports-table.ts'

export interface PortsArguments {
  readonly socket?: string | undefined
  readonly json: boolean
}

/** @throws AdminError when nobody answers. */
export async function ports(given: PortsArguments): Promise<void> {
  const path = given.socket ?? adminSocketPath()
  const report = read(path, await askAdmin(path, { request: 'ports' }))
  if (given.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
  else portsTable(report, new Terminal(process.stdout))
}

/** Where a process of this user has its socket, unless it was told another place. */
export function adminSocketPath(): string {
  return defaultSocketPath({
    user: process.geteuid?.(),
    runtimeFolder: process.env['XDG_RUNTIME_DIR'],
    temporaryFolder: tmpdir(),
  })
}

function read(path: string, answer: unknown): PortsReport {
  const report = parsePortsReport(answer)
  if (report === undefined)
    throw new AdminError(`the process at ${path} answers as another version of Portcullis would`)
  return report
}
