/**
 * Which worker a client belongs to. All its sessions are with one, so what is counted for each client
 * (sessions, failed logins, leased ports) is counted in one place. How many workers there are does not
 * change while they run, and one that is replaced keeps its number; so a hash is all it takes.
 */
import { type Ip, ipBytes } from '../../net/ip.ts'

/** From 1 to `workers`. */
export function chooseWorker(client: Ip, workers: number): number {
  return 1 + Math.floor((hash(ipBytes(client)) / 2 ** 32) * workers)
}

/** FNV-1a, then the last step of MurmurHash3: neighbours, and networks of even addresses, spread. */
function hash(bytes: Iterable<number>): number {
  let value = 0x811c_9dc5
  for (const byte of bytes) value = Math.imul(value ^ byte, 0x0100_0193)
  value = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2_ae35)
  return (value ^ (value >>> 16)) >>> 0
}
