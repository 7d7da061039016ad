/**
 * pyftpdlib's own tests, out of Debian's source package: the binary package leaves them out. Like
 * all peers they come from the apt sources of the machine and from nowhere else.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { aptGet, download } from './install.ts'
import { PEERS_DIRECTORY } from './program.ts'

const run = promisify(execFile)
const FOLDER = join(PEERS_DIRECTORY, 'pyftpdlib-tests')
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
/** An archive of Debian, and not of somebody else whose packages the machine has too. */
const DEBIAN = /^\S+\/debian(?:-security)?\/? /
const SOURCE = 'python-pyftpdlib'
/** What the tests import besides what the laboratory has. */
const LIBRARY = 'python3-psutil'

export interface PyftpdlibTests {
  /** Holds `pyftpdlib/test`. */
  readonly tests: string
  /** Goes into PYTHONPATH. */
  readonly library: string
}

/** @throws Error saying what is missing, when the machine is no Debian or cannot reach its sources. */
export async function installPyftpdlibTests(): Promise<PyftpdlibTests> {
  const place = {
    tests: join(FOLDER, 'tests'),
    library: join(FOLDER, 'root', 'usr/lib/python3/dist-packages'),
  }
  if (existsSync(FOLDER)) return place
  const staging = `${FOLDER}-${process.pid}`
  await rm(staging, { recursive: true, force: true })
  for (const folder of ['source-lists/partial', 'source-cache/archives/partial', 'tests', 'root'])
    await mkdir(join(staging, folder), { recursive: true })
  try {
    await downloadSource(staging)
    await download([LIBRARY], staging)
    await unpack(staging)
    await rename(staging, FOLDER)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
  return place
}

/** The machine's sources are mostly for binary packages alone: ours name the source packages. */
async function downloadSource(staging: string): Promise<void> {
  const sources = join(staging, 'sources.list')
  const own = [
    `Dir::State::Lists=${join(staging, 'source-lists')}`,
    `Dir::Cache=${join(staging, 'source-cache')}`,
    `Dir::Etc::SourceList=${sources}`,
    'Dir::Etc::SourceParts=/dev/null',
  ]
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)'
  const words = ['indextargets', '--format', format, 'Created-By: Packages']
  const { stdout } = await run('apt-get', words)
  const places = stdout.split('\n').filter((line) => DEBIAN.test(line))
  const option = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : ''
  const lines = [...new Set(places)].map((line) => `deb-src ${option}${line}\n`)
  await writeFile(sources, lines.join(''))
  await aptGet(own, ['update'], staging)
  await aptGet(own, ['source', '--download-only', SOURCE], staging)
}

async function unpack(staging: string): Promise<void> {
  for (const file of await readdir(staging)) {
    const path = join(staging, file)
    if (file.endsWith('.deb')) await run('dpkg', ['-x', path, join(staging, 'root')])
    if (file.includes('.orig.tar.'))
      await run('tar', ['-xf', path, '-C', join(staging, 'tests'), '--strip-components=1'])
  }
  for (const folder of ['source-lists', 'source-cache'])
    await rm(join(staging, folder), { recursive: true })
  if (!existsSync(join(staging, 'tests/pyftpdlib/test/test_functional.py')))
    throw new Error(`the source package ${SOURCE} holds no functional tests`)
}
