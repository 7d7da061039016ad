import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Leaves at `path` the socket of a process that had no time to remove it. */
export function leaveStaleSocket(path: string): void {
  const listen = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  try {
    execFileSync(process.execPath, ['-e', listen], { stdio: 'ignore' })
  } catch {
    // It was killed, as it should be.
  }
  if (!existsSync(path)) throw new Error(`nothing was left at ${path}`)
}
