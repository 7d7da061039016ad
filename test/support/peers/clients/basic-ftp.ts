/**
 * basic-ftp, the usual FTP client of Node programs: passive only, and without ABOR. It runs in
 * this process.
 */
import { join } from 'node:path'
import { stat, writeFile } from 'node:fs/promises'
import { Client, enterPassiveModeIPv4, enterPassiveModeIPv6 } from 'basic-ftp'
import type { ClientKind, ClientPlan, Step } from '../client.ts'
import type { Outcome } from '../program.ts'

export const BASIC_FTP: ClientKind = {
  name: 'basic-ftp',
  problem: () => undefined,
  announcements: { 4: ['PASV', 'EPSV'], 6: ['EPSV'] },
  run,
  continuesAfterAbort: false,
}

async function run(plan: ClientPlan, steps: readonly Step[]): Promise<Outcome> {
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

async function perform(client: Client, plan: ClientPlan, step: Step): Promise<void> {
  const local = join(plan.directory, step.local)
  switch (step.type) {
    case 'download':
      await client.downloadTo(local, `${plan.folder}/${step.remote}`)
      return
    case 'upload':
      await client.uploadFrom(local, `${plan.folder}/${step.remote}`)
      return
    case 'list': {
      const files = await client.list(plan.folder)
      await writeFile(local, files.map((file) => `${file.name}\n`).join(''))
      return
    }
    case 'resume': {
      const { size } = await stat(local)
      await client.downloadTo(local, `${plan.folder}/${step.remote}`, size)
      return
    }
  }
}
