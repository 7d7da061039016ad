/** Unpacks the programs that Portcullis is compared with; nothing is installed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { unpackPackages } from '../../test/support/peers/install.ts'
import { PROJECT_ROOT } from '../../test/support/project-root.ts'

const DIRECTORY = join(PROJECT_ROOT, '.peers', 'bench')
export const PEERS_ROOT: string = join(DIRECTORY, 'root')

/** Programs first, then the libraries that a Debian 12 without any extra package lacks. */
const PACKAGES = [
  'haproxy',
  'nginx',
  'libnginx-mod-stream',
  'squid',
  'squid-common',
  'squid-langpack',
  'ftp-proxy',
  'proftpd-core',
  'proftpd-mod-crypto',
  'proftpd-mod-proxy',
  'liblua5.3-0',
  'libopentracing-c-wrapper0',
  'libopentracing1',
  'libecap3',
  'libltdl7',
  'libwrap0',
  'libnsl2',
  'libtirpc3',
  'libsqlite3-0',
  'libhiredis0.14',
  'libmemcached11',
  'libmemcachedutil2',
  'libhashkit2',
  'libsasl2-2',
  'libpcre2-posix3',
] as const

/** @returns why they are not there, if they are not. */
export async function installBenchPeers(): Promise<string | undefined> {
  try {
    await unpackPackages(DIRECTORY, PACKAGES)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** As Debian counts them, of the packages that are compared. */
export function installedVersions(): readonly string[] {
  return ['haproxy', 'nginx', 'ftp-proxy', 'squid', 'proftpd-core', 'proftpd-mod-proxy'].flatMap(
    (name) => {
      const folder = join(PEERS_ROOT, 'usr/share/doc', name)
      const file = existsSync(folder)
        ? readdirSync(folder).find((entry) => /^changelog\.Debian.*\.gz$/.test(entry))
        : undefined
      if (file === undefined) return []
      const text = gunzipSync(readFileSync(join(folder, file))).toString('latin1')
      return [`${name} ${/^\S+ \(([^)]+)\)/.exec(text)?.[1] ?? ''}`.trim()]
    },
  )
}

/** Debian's multi-architecture folders, such as `usr/lib/x86_64-linux-gnu`. */
export function libraryPath(): string {
  return ['usr/lib', 'lib']
    .map((folder) => join(PEERS_ROOT, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('-linux-gnu'))
        .map((name) => join(folder, name)),
    )
    .join(delimiter)
}
