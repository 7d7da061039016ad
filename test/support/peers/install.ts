/**
 * Fills `.peers/` with real FTP servers and clients: downloads Debian packages and unpacks them,
 * without installing anything and without root. Quick when they are there: a stamp file holds the
 * list of packages it was made from.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PEER_PACKAGES } from './packages.ts'
import { PEERS_DIRECTORY, PEERS_ROOT } from './program.ts'

const run = promisify(execFile)
const STAMP = join(PEERS_DIRECTORY, 'stamp.json')
/** Raised when the way of unpacking changes. */
const LAYOUT = 1
const DOWNLOAD_TIMEOUT_MS = 240_000

/** @throws Error saying what is missing, when the machine is no Debian or cannot reach one. */
export async function installPeers(): Promise<void> {
  const names = PEER_PACKAGES.filter(
    ({ unless }) => unless === undefined || !existsSync(unless),
  ).map(({ name }) => name)
  const stamp = JSON.stringify({ layout: LAYOUT, names })
  if (await isCurrent(stamp)) return
  // A folder of its own until complete, so that an interrupted run leaves no half-filled root.
  const staging = join(PEERS_DIRECTORY, `staging-${process.pid}`)
  await rm(staging, { recursive: true, force: true })
  await mkdir(join(staging, 'root'), { recursive: true })
  try {
    await download(names, staging)
    for (const file of await readdir(staging))
      if (file.endsWith('.deb'))
        await run('dpkg', ['-x', join(staging, file), join(staging, 'root')])
    await rm(PEERS_ROOT, { recursive: true, force: true })
    await rename(join(staging, 'root'), PEERS_ROOT)
    await writeFile(STAMP, stamp)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function isCurrent(stamp: string): Promise<boolean> {
  try {
    return (await readFile(STAMP, 'utf8')) === stamp && existsSync(PEERS_ROOT)
  } catch {
    return false
  }
}

/**
 * The system's package lists may be missing (a container image without them) or older than the
 * archive. Then apt fetches lists into a folder of ours: that needs no root and leaves the system
 * as it is.
 */
export async function download(names: readonly string[], into: string): Promise<void> {
  if (!existsSync('/usr/bin/apt-get')) throw new Error('no apt-get: the peers are Debian packages')
  try {
    await aptGet([], ['download', ...names], into)
  } catch {
    const lists = join(into, 'lists')
    const cache = join(into, 'cache')
    await mkdir(join(lists, 'partial'), { recursive: true })
    await mkdir(join(cache, 'archives', 'partial'), { recursive: true })
    const own = [`Dir::State::Lists=${lists}`, `Dir::Cache=${cache}`]
    await aptGet(own, ['update'], into)
    await aptGet(own, ['download', ...names], into)
  }
}

export async function aptGet(
  options: readonly string[],
  words: readonly string[],
  cwd: string,
): Promise<void> {
  // As root apt would download as the user _apt, who may not write into the checkout.
  const settings = [...options, 'APT::Sandbox::User=root', 'Acquire::Retries=3'].flatMap(
    (setting) => ['-o', setting],
  )
  try {
    await run('apt-get', ['-qq', ...settings, ...words], { cwd, timeout: DOWNLOAD_TIMEOUT_MS })
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    throw new Error(`apt-get ${words[0] ?? ''} failed: ${text.slice(-500)}`, { cause: error })
  }
}
