/**
 * A netlink socket to netfilter. The kernel does what a request says while it is being sent, so an
 * answer is there at once and nothing here ever waits.
 */
import { constants } from 'node:os'
import { checked, foreign, library, SystemCallError } from '../native/libc.ts'
import { errorNumber, type Message, parseMessages } from './message.ts'

const AF_NETLINK = 16
const SOCK_RAW = 3
const SOCK_CLOEXEC = 0o2_000_000
const NETLINK_NETFILTER = 12
const MSG_DONTWAIT = 0x40
const SOL_SOCKET = 1
const SO_RCVBUF = 8
/** Past the limit for everybody else; needs CAP_NET_ADMIN. */
const SO_RCVBUFFORCE = 33

/** More than the kernel puts into one datagram. */
const DATAGRAM_BYTES_MAX = 65_536
/** Datagrams read for one answer: it is the first, unless a packet log has begun to speak. */
const ANSWERS_MAX = 1_000

/** What a socket has for its reader: a datagram, nothing now, or word that the kernel dropped some. */
export type Received = Uint8Array | 'nothing' | 'overrun'

interface Calls {
  socket(domain: number, type: number, protocol: number): number
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number
  recv(fd: number, bytes: Uint8Array, length: number, flags: number): number
  close(fd: number): number
}

let calls: Calls | undefined

export class NetlinkSocket {
  readonly #calls: Calls
  readonly #fd: number
  readonly #buffer = new Uint8Array(DATAGRAM_BYTES_MAX)
  #isOpen = true
  #sequence = 0

  private constructor(calls: Calls, fd: number) {
    this.#calls = calls
    this.#fd = fd
  }

  /** @throws SystemCallError, and the loader's error where there is no foreign function interface. */
  static open(): NetlinkSocket {
    calls ??= loadCalls()
    const fd = calls.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)
    return new NetlinkSocket(calls, checked('socket(AF_NETLINK)', fd))
  }

  /** Asks for room for what arrives between two reads; the kernel may grant less. */
  enlargeReceiveBuffer(bytes: number): void {
    const value = new Uint8Array(Int32Array.of(bytes).buffer)
    const set = (name: number): number =>
      this.#calls.setsockopt(this.#fd, SOL_SOCKET, name, value, value.length)
    if (set(SO_RCVBUFFORCE) < 0) checked('setsockopt(SO_RCVBUF)', set(SO_RCVBUF))
  }

  /** Numbers requests, so that an answer is known as theirs. */
  nextSequence(): number {
    this.#sequence = (this.#sequence + 1) >>> 0
    return this.#sequence
  }

  send(bytes: Uint8Array): void {
    checked('send', this.#calls.send(this.#fd, bytes, bytes.length, 0))
  }

  /** What has arrived. The bytes are overwritten by the next call. */
  receive(): Received {
    const length = this.#calls.recv(this.#fd, this.#buffer, DATAGRAM_BYTES_MAX, MSG_DONTWAIT)
    if (length >= 0) return this.#buffer.subarray(0, length)
    // Compared as numbers: looking a name up costs more than the call.
    const errno = foreign().errno()
    if (errno === constants.errno.EAGAIN || errno === constants.errno.EINTR) return 'nothing'
    if (errno === constants.errno.ENOBUFS) return 'overrun'
    throw new SystemCallError('recv', errnoName(errno))
  }

  /** Sends a request and reads its answer: a message, or the errno it failed with, 0 for success. */
  ask(request: Uint8Array, sequence: number): Message | number {
    this.send(request)
    for (let read = 0; read < ANSWERS_MAX; read++) {
      const received = this.receive()
      if (received === 'nothing') break
      if (received === 'overrun') continue
      for (const message of parseMessages(received))
        if (message.sequence === sequence) return errorNumber(message) ?? message
    }
    throw new SystemCallError('netlink', 'ENOMSG')
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#calls.close(this.#fd)
  }
}

/** What to throw when a request was answered by something else than hoped for. */
export function failure(request: string, answer: Message | number): SystemCallError {
  return new SystemCallError(request, typeof answer === 'number' ? errnoName(answer) : 'EPROTO')
}

function loadCalls(): Calls {
  const libc = library('libc.so.6')
  return {
    socket: libc.func('int socket(int, int, int)'),
    setsockopt: libc.func('int setsockopt(int, int, int, const void *, unsigned int)'),
    send: libc.func('long send(int, const void *, size_t, int)'),
    recv: libc.func('long recv(int, void *, size_t, int)'),
    close: libc.func('int close(int)'),
  }
}

/** ENOENT for 2, and so on. */
function errnoName(number: number): string {
  const found = Object.entries(constants.errno).find(([, value]) => value === number)
  return found?.[0] ?? `errno ${number}`
}
