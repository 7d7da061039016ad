/**
 * basic-ftp, in this process: passive only, without CCC. It encrypts data connections whenever the
 * control connection is encrypted.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, enterPassiveModeIPv4, enterPassiveModeIPv6 } from 'basic-ftp'
import type { Outcome } from '../program.ts'
import type { TlsClientKind, TlsClientPlan, TlsStep } from '../tls-client.ts'

export const BASIC_FTP_TLS: TlsClientKind = {
  name: 'basic-ftp',
  problem: () => undefined,
  announcements: ['PASV', 'EPSV'],
  securities: ['explicit', 'implicit'],
  protections: ['P'],
  mixesAnnouncements: false,
  heedsPassiveAddress: true,
  run,
}

async function run(plan: TlsClientPlan, steps: readonly TlsStep[]): Promise<Outcome> {
  const client = new Client(plan.timeoutMs)
  const lines: string[] = []
  client.ftp.verbose = true
  client.ftp.log = (line: string): void => {
    lines.push(line)
  }
  client.prepareTransfer =
    plan.announcement === 'PASV' ? enterPassiveModeIPv4 : enterPassiveModeIPv6
  let status = 0
  try {
    await client.access({
      host: plan.endpoint.address,
      port: plan.endpoint.port,
      user: plan.user,
      password: plan.password,
      secure: plan.security === 'implicit' ? 'implicit' : true,
      secureOptions: {
        ca: await readFile(plan.authority),
        minVersion: `TLSv${plan.version}`,
        maxVersion: `TLSv${plan.version}`,
      },
    })
    for (const step of steps) await perform(client, plan, step)
  } catch (error) {
    status = 1
    lines.push(`failed: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    client.close()
  }
  return { status, text: lines.join('\n') }
}

async function perform(client: Client, plan: TlsClientPlan, step: TlsStep): Promise<void> {
  const local = join(plan.directory, step.local)
  const remote = `${plan.folder}/${step.remote}`
  if (step.type === 'download') await client.downloadTo(local, remote)
  else await client.uploadFrom(local, remote)
}
