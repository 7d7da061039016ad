/**
 * Servers get the same odd bytes of a client, directly and through the proxy. What counts is that no
 * server ever executes a data command that the proxy did not record: neither may know more than the
 * other. What a server executed is read from its replies, on the way between the two.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verbTraits } from '../../../src/engine/ftp/verb.ts'
import type { PacketLogRecord } from '../../../src/engine/session/record.ts'
import type { Endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { type PortRange, port } from '../../../src/net/port.ts'
import { type Incoming, ScriptedClient, announced } from '../../kernel/support/scripted-client.ts'
import { THIS_HOST_SOCKETS } from '../../kernel/support/socket-place.ts'
import { PROFTPD } from '../../support/peers/proftpd.ts'
import { PURE_FTPD } from '../../support/peers/pure-ftpd.ts'
import { PYFTPDLIB } from '../../support/peers/pyftpdlib.ts'
import { requirePeers } from '../../support/peers/require.ts'
import { type RunningServer, type ServerKind, startServer } from '../../support/peers/server.ts'
import { startTap } from '../../support/peers/tap.ts'
import { VSFTPD } from '../../support/peers/vsftpd.ts'
import { startFront } from '../../support/proxy-in-process.ts'
import { drawTable } from '../matrix-table.ts'
import { COMMAND_ROWS, type CommandRow } from './command-rows.ts'

const SERVERS: readonly ServerKind[] = [VSFTPD, PROFTPD, PURE_FTPD, PYFTPDLIB]
const CLIENT = ip('127.37.0.4')
/** Between segments. */
const PAUSE_MS = 20
/** Whoever has not answered by then waits for the end of a line, or for nothing. */
const PATIENCE_MS = 400
/** For bytes that every server answers to the end. */
const PATIENCE_FOR_SOUND_MS = 20_000
/** The same for all: each proxy has an address of its own. */
const PASSIVE_PORTS: PortRange = { first: port(21_000), last: port(21_019) }

/** What servers and the proxy do about data connections, counted. */
interface DataCommands {
  readonly passive: number
  readonly active: number
  readonly transfers: number
}

const entries = new Map<string, string>()

/** Says the bytes of a row and answers the codes of the replies, up to the end of the session. */
async function say(row: CommandRow, at: Endpoint, kind: ServerKind): Promise<string> {
  const client = new ScriptedClient(THIS_HOST_SOCKETS, at, CLIENT)
  const incoming: Promise<Incoming | undefined>[] = []
  try {
    if (row.isEarly === true) await client.reply(10_000)
    else await client.login(kind.user, kind.password)
    const awaiting = client.listen().port
    const numbers = client.numbers(awaiting)
    for (const piece of row.pieces({ address: CLIENT, port: awaiting, numbers })) {
      client.send(piece)
      await sleep(PAUSE_MS)
    }
    client.send('QUIT\r\n')
    const codes: string[] = []
    for (let isAskedAgain = false; ; ) {
      const reply = await client.reply(row.isSound === true ? PATIENCE_FOR_SOUND_MS : PATIENCE_MS)
      if (reply.startsWith('221')) return codes.join(' ')
      if (reply === 'closed' || (reply === 'hang' && isAskedAgain))
        return [...codes, reply === 'closed' ? 'closed' : 'waits'].join(' ')
      if (reply === 'hang') {
        // The server may still be in the middle of a line.
        isAskedAgain = true
        client.send('\r\nQUIT\r\n')
        continue
      }
      codes.push(reply.slice(0, 3))
      const told = toldAt(reply, at)
      if (told !== undefined) incoming.push(client.open(told, CLIENT).catch(() => undefined))
    }
  } finally {
    for (const data of await Promise.all(incoming)) data?.socket.destroy()
    client.close()
  }
}

/** Where a passive set-up leads; odd bytes may have led to an odd answer. */
function toldAt(reply: string, control: Endpoint): Endpoint | undefined {
  try {
    return announced(reply, control.address)
  } catch {
    return undefined
  }
}

/** What the server did, by its own words. */
function executed(replies: string): DataCommands {
  const count = (pattern: RegExp): number => [...replies.matchAll(pattern)].length
  return {
    passive: count(/^22[789] /gm),
    // "200 PORT command successful", or "200 Active data connection established." of pyftpdlib.
    active: count(/^200 .*(?:PORT|[EL]PRT|Active data)/gim),
    transfers: count(/^1(?:25|50) /gm),
  }
}

/** What the proxy recorded and let through. */
function recorded(records: readonly PacketLogRecord[]): DataCommands {
  const counts = { passive: 0, active: 0, transfers: 0 }
  const add = (verb: string | undefined, by: number): void => {
    const traits = verbTraits(verb ?? '')
    if (traits.setUp === 'passive') counts.passive += by
    if (traits.setUp === 'active') counts.active += by
    if (traits.transfer !== undefined) counts.transfers += by
  }
  for (const record of records) {
    if (record.type === 'control.command') add(record.verb, 1)
    if (record.type === 'verdict' && record.verdict === 'reject') add(record.verb, -1)
  }
  return counts
}

/** Lines that end in CR LF, without CR, LF, NUL and, but for what an ABOR may have before it, Telnet. */
const CLEAN = /^(?:(?:\xff[\xf2\xf4])*[^\r\n\0\xff]*\r\n)*$/

/** On addresses of its own, so that nobody else is heard. */
async function compare(index: number, server: RunningServer, kind: ServerKind): Promise<void> {
  const row = COMMAND_ROWS[index]
  if (row === undefined) throw new Error('no such row')
  const tap = await startTap(server.endpoint)
  const front = await startFront(tap.endpoint, {
    host: `127.37.${index}.${SERVERS.indexOf(kind) + 3}`,
    change: (ruleset) => ({ ...ruleset, passivePorts: PASSIVE_PORTS }),
  })
  try {
    const [direct, proxied] = await Promise.all([
      say(row, server.endpoint, kind),
      say(row, front.endpoint, kind),
    ])
    entries.set(`${row.title} ${kind.name}`, direct === proxied ? direct : `${direct} → ${proxied}`)
    if (row.isSound === true) expect(proxied, 'codes of the replies').toBe(direct)
  } finally {
    await front.proxy.close()
    tap.close()
  }
  const [heard, ...more] = tap.heard
  if (heard === undefined || more.length > 0) throw new Error('one session leads to the server')
  const did = executed(heard.replies())
  const knew = recorded(front.log.records)
  for (const what of ['passive', 'active', 'transfers'] as const)
    expect(did[what], `${what} commands that ${kind.name} executed`).toBeLessThanOrEqual(knew[what])
  if (row.isSound === true) expect(did.passive, 'passive commands').toBeGreaterThan(0)
  expect(heard.commands(), 'what the proxy said').toMatch(CLEAN)
}

const running = new Map<ServerKind, RunningServer>()

beforeAll(async () => {
  for (const [index, kind] of SERVERS.entries())
    if (kind.problem() === undefined)
      running.set(kind, await startServer(kind, ip(`127.37.250.${index + 1}`)))
})
afterAll(async () => {
  await Promise.all([...running.values()].map((server) => server.stop()))
})

describe.concurrent('no server executes a data command that the proxy did not record', () => {
  test.for(COMMAND_ROWS.map(({ title }, index) => ({ title, index })))(
    '$title',
    async ({ index }, context) => {
      requirePeers(
        context,
        SERVERS.map((kind) => kind.problem()),
      )
      await Promise.all([...running].map(([kind, server]) => compare(index, server, kind)))
    },
  )
})

test('what servers make of odd bytes', (context) => {
  requirePeers(
    context,
    SERVERS.map((kind) => kind.problem()),
  )
  const rows = COMMAND_ROWS.map(({ title }) => [
    title,
    ...SERVERS.map(({ name }) => entries.get(`${title} ${name}`) ?? ''),
  ])
  context.task.meta.summary = [
    'Odd bytes of clients: the codes of the replies, direct → proxy where they differ',
    drawTable([['', ...SERVERS.map(({ name }) => name)], ...rows]),
  ].join('\n')
  expect(entries.size).toBe(COMMAND_ROWS.length * SERVERS.length)
  // Servers do differ, or this would prove little: one of them takes a long s for an S.
  expect(entries.get('PA\\xc5\\xbfV␍␊ pyftpdlib')).toBe('227 → 500')
})
