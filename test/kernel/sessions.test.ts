/** Many sessions: in a row, none leaves anything in the kernel; at once, none is in another's way. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { IpFamily } from '../../src/net/ip.ts'
import { requirePeers } from '../support/peers/require.ts'
import { DEPLOYMENTS, type Site } from './support/deployment.ts'
import { CLIENT } from './support/lab.ts'
import { awaitRecords } from './support/packet-log.ts'
import { firewallProblem } from './support/require.ts'
import { ScriptedClient } from './support/scripted-client.ts'
import { ScriptedServer } from './support/scripted-server.ts'
import { type RunningStage, openStage } from './support/stage.ts'
import { elementsIn, elementsLeft } from './support/table.ts'

const IN_A_ROW = 1_000
const AT_ONCE = 500
/** Of the thousand, so many at a time. */
const LANES = 20
const FAMILIES: readonly IpFamily[] = [4, 6]
const MODES = ['EPSV', 'EPRT'] as const
const DEPLOYMENT = DEPLOYMENTS['front-door-kernel']
const CHUNK_BYTES = 16_384
const CHUNKS = 4

let stage: RunningStage | undefined

beforeAll(async () => {
  if (firewallProblem() !== undefined) return
  const keys = {
    limits: { sessions: 5_000, 'sessions-per-client': 5_000 },
    // The server cannot connect twice in a minute from its port 20 to the same port.
    'passive-ports': '20000-49999',
  }
  stage = await openStage(
    DEPLOYMENT,
    ({ lab, atEnd }) => {
      const server = new ScriptedServer(lab.server, { contents })
      atEnd(() => server.close())
      return FAMILIES.map(siteOf)
    },
    {},
    keys,
  )
})
afterAll(() => stage?.close())

function siteOf(family: IpFamily): Site {
  return { slot: 0, family, tls: 'explicit' }
}

function familyOf(index: number): IpFamily {
  return index % 2 === 0 ? 4 : 6
}

/** No two files are equal: each begins with its own digest, over and over. */
function contents(name: string): Buffer[] {
  const digest = createHash('sha256').update(name).digest()
  return Array.from({ length: CHUNKS }, () => Buffer.alloc(CHUNK_BYTES, digest))
}

function openClient(index: number): ScriptedClient {
  if (stage === undefined) throw new Error('nothing runs')
  const family = familyOf(index)
  return new ScriptedClient(stage.lab.client, DEPLOYMENT.target(siteOf(family)), CLIENT[family])
}

test(`${IN_A_ROW} sessions leave nothing behind`, async (context) => {
  requirePeers(context, [firewallProblem()])
  if (stage?.portcullis === undefined) throw new Error('nothing runs')
  const waiting = Array.from({ length: IN_A_ROW }).keys()
  const run = async (index: number): Promise<void> => {
    const client = openClient(index)
    try {
      await client.login(`row-${index}`)
      // One pinhole that is used, and one, or two of which the first is given up, that are not.
      const bytes = await client.retrieve('small', MODES[(index >> 1) % 2] ?? 'EPSV')
      expect(bytes).toHaveLength(CHUNKS * CHUNK_BYTES)
      expect(await client.ask('EPSV')).toContain('229')
      if (index % 3 === 0) expect(await client.ask('EPSV')).toContain('229')
      // Some take their leave, others just go.
      if (index % 2 === 0) expect(await client.ask('QUIT')).toContain('221')
    } finally {
      client.close()
    }
  }
  const lane = async (): Promise<void> => {
    for (const index of waiting) await run(index)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  const closed = await awaitRecords(
    stage.portcullis.packetLog,
    IN_A_ROW,
    ({ type }) => type === 'session.close',
  )
  expect(closed).toHaveLength(IN_A_ROW)
  expect(await elementsLeft(stage.lab.firewall)).toEqual({})
})

test(`${AT_ONCE} sessions at once`, async (context) => {
  requirePeers(context, [firewallProblem()])
  if (stage?.portcullis === undefined) throw new Error('nothing runs')
  const clients = Array.from({ length: AT_ONCE }, (_, index) => openClient(index))
  try {
    await Promise.all(clients.map((client, index) => client.login(`once-${index}`)))
    const told = await Promise.all(clients.map((client) => client.ask('EPSV')))
    expect(told.filter((reply) => !reply.startsWith('229'))).toEqual([])
    const { pinholes4 = 0, pinholes6 = 0 } = elementsIn(stage.lab.firewall)
    expect(pinholes4 + pinholes6).toBe(AT_ONCE)
    const files = await Promise.all(
      clients.map(async (client, index) => {
        const incoming = await client.beginAt(told[index] ?? '', `file-${index}`)
        return incoming.all()
      }),
    )
    const wrong = files.filter(
      (bytes, index) => !bytes.equals(Buffer.concat(contents(`file-${index}`))),
    )
    expect(wrong).toHaveLength(0)
    for (const client of clients) expect(await client.reply()).toContain('226')
    const ended = await awaitRecords(
      stage.portcullis.packetLog,
      AT_ONCE,
      ({ type, path }) => type === 'data.close' && String(path).startsWith('file-'),
    )
    expect(ended).toHaveLength(AT_ONCE)
    expect(ended.filter(({ cause }) => cause !== 'end')).toEqual([])
    const light = ended.filter(({ toClientBytes }) => Number(toClientBytes) < CHUNKS * CHUNK_BYTES)
    expect(light).toEqual([])
  } finally {
    for (const client of clients) client.close()
  }
  expect(await elementsLeft(stage.lab.firewall)).toEqual({})
})
