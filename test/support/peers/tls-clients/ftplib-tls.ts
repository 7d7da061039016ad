/**
 * Python's ftplib.FTP_TLS, driven by the script next to this file. It knows no implicit TLS. By
 * default it ignores the address in a 227; the script keeps to that in opaque sessions.
 */
import { join } from 'node:path'
import { PROJECT_ROOT } from '../../project-root.ts'
import { python, runProgram } from '../program.ts'
import type { TlsClientKind } from '../tls-client.ts'

const SCRIPT = join(PROJECT_ROOT, 'test/support/peers/tls-clients/ftplib-tls-client.py')

export const FTPLIB_TLS: TlsClientKind = {
  name: 'ftplib',
  problem: () => (python() === undefined ? 'there is no /usr/bin/python3' : undefined),
  announcements: ['PASV', 'EPSV', 'PORT', 'EPRT'],
  securities: ['explicit', 'ccc'],
  protections: ['P', 'C'],
  mixesAnnouncements: false,
  heedsPassiveAddress: false,
  run: (plan, steps) =>
    runProgram(python() ?? 'python3', ['-u', SCRIPT], {
      cwd: plan.directory,
      timeoutMs: plan.timeoutMs,
      input: JSON.stringify({ ...plan, source: plan.source ?? '', steps }),
    }),
}
