/**
 * The three things that a transparent proxy does with sockets and Node cannot: ask where a
 * redirected connection was meant to go, listen for connections to somebody else's address, and
 * connect from one.
 */
import type { Socket } from 'node:net'
import type { Endpoint } from '../../net/endpoint.ts'
import { type Ip, ipFamily } from '../../net/ip.ts'
import type { Port } from '../../net/port.ts'
import { checked, library, SystemCallError } from './libc.ts'
import {
  AF_INET,
  AF_INET6,
  decodeSocketAddress,
  encodeSocketAddress,
  SOCKET_ADDRESS_BYTES_MAX,
} from './socket-address.ts'

const SOCK_STREAM = 1
const SOCK_NONBLOCK = 0o4_000
const SOCK_CLOEXEC = 0o2_000_000
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const SOL_IP = 0
const SOL_IPV6 = 41
/** The same number in both families. */
const SO_ORIGINAL_DST = 80
const IP_TRANSPARENT = 19
const IPV6_TRANSPARENT = 75
const BACKLOG = 511

/** Ports tried for one that is not to be used: the kernel picks another one each time. */
const PICKS_MAX = 8

interface Calls {
  socket(domain: number, type: number, protocol: number): number
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number
  getsockopt(
    fd: number,
    level: number,
    name: number,
    value: Uint8Array,
    length: Uint32Array,
  ): number
  getsockname(fd: number, address: Uint8Array, length: Uint32Array): number
  bind(fd: number, address: Uint8Array, length: number): number
  listen(fd: number, backlog: number): number
  close(fd: number): number
}

let calls: Calls | undefined

/**
 * Where a connection went before the kernel redirected it. `undefined` when the kernel knows of no
 * other destination than ours, or has no connection tracking.
 */
export function originalDestination(socket: Socket, local: Endpoint): Endpoint | undefined {
  const fd = descriptorOf(socket)
  if (fd === undefined) return undefined
  const level = ipFamily(local.address) === 4 ? SOL_IP : SOL_IPV6
  const address = new Uint8Array(SOCKET_ADDRESS_BYTES_MAX)
  const length = Uint32Array.of(address.length)
  if (libc().getsockopt(fd, level, SO_ORIGINAL_DST, address, length) < 0) return undefined
  return decodeSocketAddress(address.subarray(0, length[0]))
}

/**
 * A listening socket that takes connections to addresses of others, for `server.listen({ fd })`.
 * @throws SystemCallError; EPERM without CAP_NET_ADMIN or CAP_NET_RAW.
 */
export function openTransparentListener(where: Endpoint): number {
  return opened(where.address, (fd) => {
    setOption(fd, 'SO_REUSEADDR', SOL_SOCKET, SO_REUSEADDR)
    setTransparent(fd, where.address)
    bind(fd, where.address, where.port)
    checked('listen', libc().listen(fd, BACKLOG))
  })
}

/**
 * A socket bound to an address of somebody else, for `new Socket({ fd })` to connect. Its port is
 * not `except`: where that is the port that the peer itself has, connection tracking would take the
 * two connections for one.
 * @throws SystemCallError; EPERM without CAP_NET_ADMIN or CAP_NET_RAW.
 */
export function openTransparentSocket(from: Ip, except: Port): number {
  for (let picks = 0; picks < PICKS_MAX; picks++) {
    const fd = openBound(from)
    if (portOf(fd) !== except) return fd
    closeDescriptor(fd)
  }
  throw new SystemCallError('bind', 'EADDRINUSE')
}

/** The descriptor of a socket of Node's; `undefined` when it is closed. */
export function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as {
    readonly _handle: { readonly fd?: number } | null
  }
  const fd = handle?.fd
  return fd === undefined || fd < 0 ? undefined : fd
}

/** Closes a descriptor that no socket of Node's was made of. */
export function closeDescriptor(fd: number): void {
  libc().close(fd)
}

/** A descriptor that is set up, or closed again. */
function opened(address: Ip, setUp: (fd: number) => void): number {
  const domain = ipFamily(address) === 4 ? AF_INET : AF_INET6
  const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC
  const fd = checked('socket', libc().socket(domain, type, 0))
  try {
    setUp(fd)
    return fd
  } catch (error) {
    closeDescriptor(fd)
    throw error
  }
}

/** Not IPV6_V6ONLY: like any listener of Node's, `[::]` is IPv4 as well. */
function setTransparent(fd: number, address: Ip): void {
  if (ipFamily(address) === 4) setOption(fd, 'IP_TRANSPARENT', SOL_IP, IP_TRANSPARENT)
  else setOption(fd, 'IPV6_TRANSPARENT', SOL_IPV6, IPV6_TRANSPARENT)
}

function openBound(from: Ip): number {
  return opened(from, (fd) => {
    // Shared with the connections of the client's other sessions, whose servers tell them apart.
    setOption(fd, 'SO_REUSEADDR', SOL_SOCKET, SO_REUSEADDR)
    setTransparent(fd, from)
    bind(fd, from, 0)
  })
}

function portOf(fd: number): number | undefined {
  const address = new Uint8Array(SOCKET_ADDRESS_BYTES_MAX)
  const length = Uint32Array.of(address.length)
  checked('getsockname', libc().getsockname(fd, address, length))
  return decodeSocketAddress(address.subarray(0, length[0]))?.port
}

function setOption(fd: number, word: string, level: number, name: number): void {
  const one = new Uint8Array(Int32Array.of(1).buffer)
  checked(`setsockopt(${word})`, libc().setsockopt(fd, level, name, one, one.length))
}

function bind(fd: number, address: Ip, port: number): void {
  const bytes = encodeSocketAddress(address, port)
  checked('bind', libc().bind(fd, bytes, bytes.length))
}

function libc(): Calls {
  calls ??= loadCalls()
  return calls
}

function loadCalls(): Calls {
  const loaded = library('libc.so.6')
  return {
    socket: loaded.func('int socket(int, int, int)'),
    setsockopt: loaded.func('int setsockopt(int, int, int, const void *, unsigned int)'),
    getsockopt: loaded.func('int getsockopt(int, int, int, void *, void *)'),
    getsockname: loaded.func('int getsockname(int, void *, void *)'),
    bind: loaded.func('int bind(int, const void *, unsigned int)'),
    listen: loaded.func('int listen(int, int)'),
    close: loaded.func('int close(int)'),
  }
}
