/**
 * curl with OpenSSL. It ends TLS after CCC in two ways: `active` sends close_notify, `passive` waits
 * for the server's and sends none.
 */
import { formatEndpoint } from '../../../../src/net/endpoint.ts'
import type { Announcement } from '../client.ts'
import { runProgram, systemProgram } from '../program.ts'
import type { Security, TlsClientKind, TlsClientPlan, TlsStep, TlsVersion } from '../tls-client.ts'

export const CURL_TLS: TlsClientKind = curl('curl', ['explicit', 'implicit', 'ccc'], 'active')
export const CURL_PASSIVE: TlsClientKind = curl('curl passive', ['ccc'], 'passive')

function curl(
  name: 'curl' | 'curl passive',
  securities: readonly Security[],
  ccc: 'active' | 'passive',
): TlsClientKind {
  return {
    name,
    problem: () => (systemProgram('curl') === undefined ? 'there is no curl' : undefined),
    announcements: ['PASV', 'EPSV', 'PORT', 'EPRT'],
    securities,
    protections: ['P', 'C'],
    mixesAnnouncements: false,
    heedsPassiveAddress: true,
    run: (plan, steps) => {
      const transfers = steps.map((step) => [...common(plan, ccc), ...transfer(plan, step)])
      const args = transfers.flatMap((words, index) => (index === 0 ? words : ['--next', ...words]))
      return runProgram(systemProgram('curl') ?? 'curl', ['--disable', ...args], {
        cwd: plan.directory,
        timeoutMs: plan.timeoutMs,
      })
    },
  }
}

/** `--next` forgets everything, so each transfer says it all. */
function common(plan: TlsClientPlan, ccc: 'active' | 'passive'): string[] {
  return [
    '--silent',
    '--show-error',
    '--verbose',
    '--globoff',
    '--user',
    `${plan.user}:${plan.password}`,
    ...(plan.source === undefined ? [] : ['--interface', plan.source]),
    '--cacert',
    plan.authority,
    ...VERSION[plan.version],
    // The scheme ftps is implicit TLS; with ftp, one of these makes AUTH a must.
    ...(plan.protection === 'P' ? ['--ssl-reqd'] : ['--ftp-ssl-control']),
    ...(plan.security === 'ccc' ? ['--ftp-ssl-ccc', '--ftp-ssl-ccc-mode', ccc] : []),
    ...MODE[plan.announcement],
  ]
}

const VERSION: Readonly<Record<TlsVersion, readonly string[]>> = {
  '1.2': ['--tlsv1.2', '--tls-max', '1.2'],
  '1.3': ['--tlsv1.3'],
}

/** curl since 7.74 ignores the address in a 227 unless told not to. */
const MODE: Readonly<Record<Announcement, readonly string[]>> = {
  PASV: ['--disable-epsv', '--no-ftp-skip-pasv-ip'],
  EPSV: ['--no-ftp-skip-pasv-ip'],
  PORT: ['--disable-eprt', '--ftp-port', '-'],
  EPRT: ['--ftp-port', '-'],
}

function transfer(plan: TlsClientPlan, step: TlsStep): string[] {
  const scheme = plan.security === 'implicit' ? 'ftps' : 'ftp'
  const url = `${scheme}://${formatEndpoint(plan.endpoint)}/${plan.folder}/${step.remote}`
  return step.type === 'download'
    ? ['--output', step.local, url]
    : ['--upload-file', step.local, url]
}
