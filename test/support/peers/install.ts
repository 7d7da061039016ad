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
import { PEERS_DIRECTORY } from './program.ts'

const run = promisify(execFile)
/** Raised when the way of unpacking changes. */
const LAYOUT = 1
const DOWNLOAD_TIMEOUT_MS = 240_000

/** @throws Error saying what is missing, when the machine is no Debian or cannot reach one. */
export async function installPeers(): Promise<void> {
  const needed = PEER_PACKAGES.filter(({ unless }) => unless === undefined || !existsSync(unless))
  await unpackPackages(
    PEERS_DIRECTORY,
    needed.map(({ name }) => name),
  )
}

/** Leaves the packages' files below `root` in the directory. @throws as {@link installPeers} does. */
export async function unpackPackages(directory: string, names: readonly string[]): Promise<void> {
  const stamp = JSON.stringify({ layout: LAYOUT, names })
  const [stampFile, root] = [join(directory, 'stamp.json'), join(directory, 'root')]
  if (existsSync(root) && (await isCurrent(stampFile, stamp))) return
  // A folder of its own until complete, so that an interrupted run leaves no half-filled root.
  const staging = join(directory, `staging-${process.pid}`)
  await rm(staging, { recursive: true, force: true })
  await mkdir(join(staging, 'root'), { recursive: true })
  try {
    await download(names, staging)
    for (const file of await readdir(staging))
      if (file.endsWith('.deb'))
        await run('dpkg', ['-x', join(staging, file), join(staging, 'root')])
    await rm(root, { recursive: true, force: true })
    await rename(join(staging, 'root'), root)
    await writeFile(stampFile, stamp)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function isCurrent(stampFile: string, stamp: string): Promise<boolean> {
  try {
    return (await readFile(stampFile, 'utf8')) === stamp
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
