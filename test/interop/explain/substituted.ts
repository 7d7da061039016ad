/**
 * A shipped rule file for hosts that are all on this machine: other addresses and ports, the same
 * rules. The server keeps port 21, below which its data port is 20.
 */
import { type Endpoint, endpoint, formatEndpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { type Port, port } from '../../../src/net/port.ts'

export const CLIENT = '127.0.4.1'

export interface Substituted {
  readonly text: string
  readonly listen: Endpoint
  readonly server: Endpoint
  /** Whose sessions: one of those whom the file lets in. */
  readonly client: string
  /** Its packet log. */
  readonly log: string
}

const ADDRESSES: readonly (readonly [RegExp, string])[] = [
  [/0\.0\.0\.0:/g, '127.0.0.3:'],
  [/203\.0\.113\.10\b/g, '127.0.0.3'],
  [/10\.1\.1\.254\b/g, '127.0.0.3'],
  [/10\.200\.200\.1\b/g, '127.0.0.2'],
  [/198\.51\.100\./g, '127.0.4.'],
  [/10\.1\.1\./g, '127.0.4.'],
]

/** Above those that systems give to anybody. */
const RANGES: readonly (readonly [RegExp, string])[] = [
  [/40000-40099/g, '61200-61299'],
  [/60000-60099/g, '61300-61399'],
  [/60000-60100/g, '61300-61400'],
  [/50000-50099/g, '61500-61599'],
]

const QUICKSTART_SERVER = port(61_021)

export function substituted(shipped: string, listenPort: Port, log: string): Substituted {
  let text = [...ADDRESSES, ...RANGES].reduce(
    (all, [from, to]) => all.replaceAll(from, to),
    shipped,
  )
  const isQuickstart = text.includes('127.0.0.1:2120')
  const listen = endpoint(ip(isQuickstart ? '127.0.0.1' : '127.0.0.3'), listenPort)
  const serverPort = /^ *server: \S+:(\d+)$/m.exec(text)?.[1] ?? ''
  const server = isQuickstart
    ? endpoint(ip('127.0.0.1'), QUICKSTART_SERVER)
    : endpoint(ip('127.0.0.2'), port(Number(serverPort)))
  text = text
    .replace(/^( *)listen: \S+$/m, `$1listen: ${formatEndpoint(listen)}`)
    .replaceAll(/\b2120\b/g, `${QUICKSTART_SERVER}`)
    .replace(/^( *)path: \S+$/m, `$1path: ${log}`)
  // A client that waits in vain is not to wait for long.
  text = /^timeouts:$/m.test(text)
    ? text.replace(/^timeouts:$/m, 'timeouts:\n  greeting: 4s').replace(/^ *login: .*$/m, '')
    : `${text}\ntimeouts:\n  greeting: 4s\n`
  text = text.replace('  greeting: 4s', '  greeting: 4s\n  login: 4s')
  if (!/^packet-log:$/m.test(text)) text = `${text}\npacket-log: { path: ${log} }\n`
  return { text, listen, server, client: isQuickstart ? '127.0.0.1' : CLIENT, log }
}
