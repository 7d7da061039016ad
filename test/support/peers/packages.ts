/**
 * The Debian packages the laboratory unpacks. Debian's FTP servers conflict with one another, so
 * they are never installed: each archive is unpacked into `.peers/`, where all live side by side.
 * Libraries are those a Debian 12 without any extra package lacks.
 */
export interface PeerPackage {
  readonly name: string
  /** What it is needed for. */
  readonly reason: string
  /** A file of the system that makes the package unnecessary. */
  readonly unless?: string
}

const CURL = '/usr/bin/curl'
const PYTHON = '/usr/bin/python3'

export const PEER_PACKAGES: readonly PeerPackage[] = [
  { name: 'vsftpd', reason: 'server: the commonest on Linux' },
  { name: 'proftpd-core', reason: 'server: the most featureful' },
  { name: 'proftpd-mod-crypto', reason: 'mod_tls of ProFTPD: TLS and CCC' },
  { name: 'pure-ftpd', reason: 'server: multi-line replies with text before the code' },
  { name: 'pure-ftpd-common', reason: 'pure-pw, which builds the user database' },
  { name: 'python3-pyftpdlib', reason: 'server: strict parser, one process' },
  { name: 'python3-openssl', reason: 'TLS of pyftpdlib' },
  { name: 'python3-cryptography', reason: 'python3-openssl' },
  { name: 'python3-cffi-backend', reason: 'python3-cryptography' },
  { name: 'lftp', reason: 'client: FEAT, HOST, MLSD, pipelining' },
  { name: 'tnftp', reason: 'client: the BSD ftp; urgent ABOR' },
  { name: 'inetutils-ftp', reason: 'client: the GNU ftp; urgent ABOR' },
  { name: 'curl', reason: 'client', unless: CURL },
  { name: 'python3.11-minimal', reason: 'runs ftplib and pyftpdlib', unless: PYTHON },
  { name: 'libpython3.11-minimal', reason: 'standard library, first half', unless: PYTHON },
  { name: 'libpython3.11-stdlib', reason: 'standard library, where ftplib is', unless: PYTHON },
  { name: 'libexpat1', reason: 'python3.11-minimal', unless: PYTHON },
  { name: 'libssl3', reason: 'vsftpd, ProFTPD, Pure-FTPd, tnftp' },
  { name: 'libwrap0', reason: 'vsftpd' },
  { name: 'libnsl2', reason: 'libwrap0' },
  { name: 'libtirpc3', reason: 'libnsl2' },
  { name: 'libgssapi-krb5-2', reason: 'libtirpc3' },
  { name: 'libkrb5-3', reason: 'libgssapi-krb5-2' },
  { name: 'libk5crypto3', reason: 'libgssapi-krb5-2' },
  { name: 'libkrb5support0', reason: 'libgssapi-krb5-2' },
  { name: 'libkeyutils1', reason: 'libkrb5-3' },
  { name: 'libhiredis0.14', reason: 'ProFTPD' },
  { name: 'libmemcached11', reason: 'ProFTPD' },
  { name: 'libmemcachedutil2', reason: 'ProFTPD' },
  { name: 'libhashkit2', reason: 'libmemcached11' },
  { name: 'libsasl2-2', reason: 'libmemcached11' },
  { name: 'libpcre2-posix3', reason: 'ProFTPD' },
  { name: 'libsodium23', reason: 'Pure-FTPd' },
  { name: 'libreadline8', reason: 'lftp, inetutils-ftp' },
  { name: 'libncursesw6', reason: 'ProFTPD, libreadline8' },
  { name: 'libedit2', reason: 'tnftp' },
  { name: 'libbsd0', reason: 'libedit2' },
  { name: 'libcurl4', reason: 'curl', unless: CURL },
  { name: 'libnghttp2-14', reason: 'libcurl4', unless: CURL },
  { name: 'libpsl5', reason: 'libcurl4', unless: CURL },
  { name: 'librtmp1', reason: 'libcurl4', unless: CURL },
  { name: 'libssh2-1', reason: 'libcurl4', unless: CURL },
  { name: 'libldap-2.5-0', reason: 'libcurl4', unless: CURL },
  { name: 'libbrotli1', reason: 'libcurl4', unless: CURL },
]
