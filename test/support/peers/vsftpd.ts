/**
 * vsftpd 3.0. Local users would need PAM files in /etc; anonymous access needs none, because
 * vsftpd never asks PAM about an anonymous user.
 */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ipFamily } from '../../../src/net/ip.ts'
import { peerProgram } from './program.ts'
import { PASSWORD, type ServerCommand, type ServerKind, type ServerPlan, isRoot } from './server.ts'

export const VSFTPD: ServerKind = {
  name: 'vsftpd',
  user: 'anonymous',
  password: PASSWORD,
  problem: () => (peerProgram('vsftpd') === undefined ? 'vsftpd is not installed' : undefined),
  prepare,
}

async function prepare(plan: ServerPlan): Promise<ServerCommand> {
  const emptyDirectory = join(plan.directory, 'empty')
  await mkdir(emptyDirectory, { mode: 0o755 })
  const account = await accountWithHome()
  const listen =
    ipFamily(plan.endpoint.address) === 4
      ? ['listen=YES', 'listen_ipv6=NO', `listen_address=${plan.endpoint.address}`]
      : ['listen=NO', 'listen_ipv6=YES', `listen_address6=${plan.endpoint.address}`]
  const lines = [
    ...listen,
    `listen_port=${plan.endpoint.port}`,
    `pasv_min_port=${plan.passivePorts.first}`,
    `pasv_max_port=${plan.passivePorts.last}`,
    'background=NO',
    'anonymous_enable=YES',
    'local_enable=NO',
    'write_enable=YES',
    'anon_upload_enable=YES',
    'anon_mkdir_write_enable=YES',
    // Deleting, renaming and, what counts here, resuming an upload.
    'anon_other_write_enable=YES',
    'anon_world_readable_only=NO',
    'anon_umask=022',
    `anon_root=${plan.loginDirectory}`,
    `ftp_username=${account}`,
    `nopriv_user=${account}`,
    `secure_chroot_dir=${emptyDirectory}`,
    // A container may lack CAP_SYS_ADMIN, and vsftpd's filter is older than the kernel.
    'isolate=NO',
    'isolate_network=NO',
    'seccomp_sandbox=NO',
    'connect_from_port_20=NO',
    // Without it vsftpd reads ABOR only when the transfer is over.
    'async_abor_enable=YES',
    'xferlog_enable=NO',
    `run_as_launching_user=${isRoot ? 'NO' : 'YES'}`,
  ]
  const file = join(plan.directory, 'vsftpd.conf')
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  return { program: peerProgram('vsftpd') ?? 'vsftpd', args: [file] }
}

/** vsftpd enters its account's home before anything else, and that of `nobody` does not exist. */
async function accountWithHome(): Promise<string> {
  const wanted = ['ftp', 'daemon', 'bin', 'sys', 'games', 'man']
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => {
    const fields = line.split(':')
    return { name: fields[0] ?? '', home: fields[5] ?? '' }
  })
  const found = wanted.find((name) =>
    accounts.some((account) => account.name === name && existsSync(account.home)),
  )
  if (found === undefined) throw new Error(`none of ${wanted.join(', ')} has a home`)
  return found
}
