/** Packet logs for tests: sealed lines as the driver writes them, and the records of sessions. */
import { readEntry, type LogEntry } from '../../../src/record/audit/log-entry.ts'
import { GENESIS, sealFirstLine, sealLine } from '../../../src/record/hash-chain.ts'

export type Sample = Readonly<Record<string, unknown>> & { readonly type: string }

interface SealOptions {
  /** The hash that they continue. */
  readonly previous?: string
  /** The number of the first. */
  readonly seq?: number
  /** The time of the first, in milliseconds since 1970. */
  readonly start?: number
  readonly step?: number
}

/** `step` milliseconds apart, from `start` on. */
export function seal(
  records: readonly Sample[],
  { previous = GENESIS, seq = 1, start = Date.UTC(2026, 10, 21, 7), step = 10 }: SealOptions = {},
): string[] {
  let hash = previous
  return records.map(({ type, session, client, server, ...rest }, index) => {
    const time = new Date(start + index * step).toISOString()
    const body = JSON.stringify({ time, seq: seq + index, type, session, client, server, ...rest })
    const sealed = index === 0 ? sealFirstLine(hash, body) : sealLine(hash, body)
    hash = sealed.hash
    return sealed.line
  })
}

/** As the reader passes lines on: a character for each byte. */
export const latin1 = (line: string): string => Buffer.from(line, 'utf8').toString('latin1')

/** The entry of a record that must be one. */
export function entryOf(record: Sample, seq: number = 1): LogEntry {
  const [line = ''] = seal([record], { seq })
  return entryOfLine(line)
}

export function entryOfLine(line: string): LogEntry {
  const entry = readEntry(latin1(line))
  if ('problem' in entry) throw new Error(entry.problem)
  return entry
}

export const LOG_START: Sample = { type: 'log.start', version: '0.1.0', rules: 'rules.yaml' }
export const LOG_STOP: Sample = { type: 'log.stop' }

interface Party {
  readonly session: string
  readonly client: string
  readonly server: string
}

/** Who and where. */
export function party(
  session: string,
  client: string = '192.0.2.10:40000',
  server: string = '10.0.0.5:21',
): Party {
  return { session, client, server }
}

/** A login, one passive download, one refused PORT, and QUIT. */
export function clearSession(session: string, user: string, client?: string): Sample[] {
  const of = party(session, client)
  const pinhole = `${session}/p1`
  const data = { ...of, pinhole, verb: 'RETR', path: '/pub/räksmörgås.zip' }
  return [
    {
      type: 'session.open',
      ...of,
      listener: 'ftp',
      local: '203.0.113.1:21',
      rule: 'partners',
      profile: 'default',
    },
    reply(of, 220, 'Ready.'),
    { type: 'control.command', ...of, verb: 'USER', argument: user },
    reply(of, 331, 'Password?', 'USER'),
    { type: 'control.command', ...of, verb: 'PASS' },
    reply(of, 230, 'Welcome', 'PASS'),
    { type: 'control.command', ...of, verb: 'PASV' },
    {
      type: 'pinhole.open',
      ...of,
      pinhole,
      mode: 'passive',
      peer: '192.0.2.10',
      listening: '203.0.113.1:50021',
      dial: '10.0.0.5:51210',
      rule: 'partners: passive data',
      ttlMs: 30_000,
    },
    { type: 'rewrite', ...of, form: '227', before: '10.0.0.5:51210', after: '203.0.113.1:50021' },
    reply(of, 227, 'Entering Passive Mode (203,0,113,1,195,101)', 'PASV'),
    { type: 'pinhole.use', ...of, pinhole, peer: '192.0.2.10:40001' },
    { type: 'pinhole.close', ...of, pinhole, reason: 'used' },
    { type: 'control.command', ...of, verb: 'RETR', argument: '/pub/räksmörgås.zip' },
    { type: 'data.open', ...data, mode: 'passive', from: '192.0.2.10:40001', to: '10.0.0.5:51210' },
    reply(of, 150, 'Here it comes', 'RETR'),
    {
      type: 'data.close',
      ...data,
      toClientBytes: 1_000_000,
      toServerBytes: 0,
      durationMs: 20,
      cause: 'end',
    },
    reply(of, 226, 'Done', 'RETR'),
    { type: 'control.command', ...of, verb: 'PORT', argument: '198,51,100,66,19,137' },
    {
      type: 'verdict',
      ...of,
      verdict: 'reject',
      reason: 'port.foreign-address',
      side: 'client',
      verb: 'PORT',
      argument: '198,51,100,66,19,137',
    },
    { ...reply(of, 501, 'Not yours.', 'PORT'), local: true },
    { type: 'control.command', ...of, verb: 'QUIT' },
    reply(of, 221, 'Goodbye', 'QUIT'),
    {
      type: 'session.close',
      ...of,
      reason: 'quit',
      durationMs: 220,
      commands: 6,
      transfers: 1,
      toClientBytes: 1_000_000,
      toServerBytes: 0,
      refusals: 1,
    },
  ]
}

/** AUTH TLS, a transfer that nobody could read, CCC, and the end. */
export function opaqueSession(session: string): Sample[] {
  const of = party(session, '[2001:db8::7]:40000', '[2001:db8::5]:21')
  const range = `${session}/p0`
  return [
    {
      type: 'session.open',
      ...of,
      listener: 'ftp',
      local: '[2001:db8::1]:21',
      rule: 'partners',
      profile: 'default',
    },
    { type: 'control.command', ...of, verb: 'AUTH', argument: 'TLS' },
    reply(of, 234, 'Go on', 'AUTH'),
    {
      type: 'channel.opaque',
      ...of,
      mechanism: 'TLS',
      version: 'TLS 1.3',
      cipher: 'TLS_AES_128_GCM_SHA256',
    },
    {
      type: 'range.open',
      ...of,
      range,
      peer: '2001:db8::7',
      listening: '2001:db8::1 60000-60100',
      dial: '2001:db8::5 60000-60100',
    },
    { type: 'pinhole.use', ...of, pinhole: range, peer: '[2001:db8::7]:40001' },
    {
      type: 'data.open',
      ...of,
      pinhole: range,
      mode: 'passive',
      from: '[2001:db8::7]:40001',
      to: '[2001:db8::5]:60003',
    },
    {
      type: 'data.close',
      ...of,
      pinhole: range,
      toClientBytes: 70,
      toServerBytes: 500_000,
      durationMs: 10,
      cause: 'end',
    },
    { type: 'channel.clear', ...of, side: 'client', closeNotify: false },
    { type: 'channel.clear', ...of, side: 'server', closeNotify: true },
    { type: 'range.close', ...of, range, connections: 1 },
    { type: 'control.command', ...of, verb: 'NOOP' },
    reply(of, 200, 'Fine', 'NOOP'),
    {
      type: 'session.close',
      ...of,
      reason: 'client-closed',
      durationMs: 130,
      commands: 2,
      transfers: 1,
      toClientBytes: 70,
      toServerBytes: 500_000,
      refusals: 0,
    },
  ]
}

function reply(of: Party, code: number, text: string, verb?: string): Sample {
  return { type: 'control.reply', ...of, code, text, lines: 1, verb }
}
