/**
 * Encrypted sessions of one client with one server share a range of ports, and nothing tells their
 * data connections apart: the end of one session must not be the end of another's transfer.
 */
import { createHash } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, enterPassiveModeIPv6 } from 'basic-ftp'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Served, REMOTE, serveFiles } from '../interop/files.ts'
import { requirePeers } from '../support/peers/require.ts'
import { FILES_FOLDER } from '../support/peers/server.ts'
import { PROFTPD_TLS } from '../support/peers/tls/proftpd-tls.ts'
import {
  type RunningTlsServer,
  startTlsServer,
  tlsServerProblem,
} from '../support/peers/tls/tls-server.ts'
import {
  DEPLOYMENTS,
  type DeploymentName,
  SERVER_PASSIVE_PORTS,
  type Site,
  serverEndpoint,
} from './support/deployment.ts'
import { firewallProblem } from './support/require.ts'
import { type RunningStage, openStage } from './support/stage.ts'

const SITE: Site = { slot: 0, family: 4, tls: 'explicit' }
const ABORTED_BYTES = 64 * 1024 * 1024
const DOWNLOADS = 150
const names: readonly DeploymentName[] = ['front-door-kernel', 'gateway-tproxy']

describe.each(names)('%s', (name) => {
  const deployment = DEPLOYMENTS[name]
  let stage: RunningStage | undefined
  let server: RunningTlsServer | undefined
  let served: Served | undefined

  beforeAll(async () => {
    if ((firewallProblem() ?? tlsServerProblem(PROFTPD_TLS)) !== undefined) return
    stage = await openStage(deployment, async ({ lab, atEnd }) => {
      const { address, port } = serverEndpoint(SITE)
      const certifiedFor = [deployment.target(SITE).address]
      server = await startTlsServer(
        PROFTPD_TLS,
        address,
        { begins: 'explicit', requiresReuse: true, certifiedFor },
        { host: lab.server, port, passivePorts: SERVER_PASSIVE_PORTS },
      )
      atEnd(server.stop)
      served = await serveFiles(server.root)
      return [SITE]
    })
  })
  afterAll(() => stage?.close())

  for (const how of ['with QUIT', 'without a word'])
    test(`a session that ends ${how} takes no transfer of another with it`, async (context) => {
      requirePeers(context, [firewallProblem(), tlsServerProblem(PROFTPD_TLS)])
      const [first, second] = [await login(), await login()]
      try {
        // It fills up until the other session has come to its end.
        const sink = new PassThrough()
        let bytes = 0
        const download = first.downloadTo(sink, `${FILES_FOLDER}/${REMOTE.aborted}`)
        await new Promise((resolve) => sink.once('readable', resolve))
        if (how === 'with QUIT') await second.send('QUIT')
        second.close()
        // Time for the firewall to see it; the transfer waits for the sink.
        await sleep(500)
        for await (const chunk of sink) {
          bytes += (chunk as Buffer).length
        }
        await download
        expect(bytes).toBe(ABORTED_BYTES)
        // The session that is left reaches the server as before.
        const again = new PassThrough()
        const done = first.downloadTo(again, `${FILES_FOLDER}/${REMOTE['1 MiB']}`)
        const rest = createHash('sha256')
        for await (const chunk of again) rest.update(chunk as Buffer)
        await done
        expect(rest.digest('hex')).toBe(served?.digests['1 MiB'])
      } finally {
        first.close()
        second.close()
      }
    })

  test('transfers of a session work while others come and go', async (context) => {
    requirePeers(context, [firewallProblem(), tlsServerProblem(PROFTPD_TLS)])
    const steady = await login()
    let isOver = false
    const comeAndGo = async (): Promise<void> => {
      while (!isOver) (await login()).close()
    }
    const lanes = [comeAndGo(), comeAndGo(), comeAndGo()]
    try {
      for (let index = 0; index < DOWNLOADS; index++) {
        const sink = new PassThrough()
        const hash = createHash('sha256')
        const done = steady.downloadTo(sink, `${FILES_FOLDER}/${REMOTE['1 B']}`)
        for await (const chunk of sink) hash.update(chunk as Buffer)
        await done
        expect(hash.digest('hex'), `download ${index}`).toBe(served?.digests['1 B'])
      }
    } finally {
      isOver = true
      await Promise.allSettled(lanes)
      steady.close()
    }
  })

  async function login(): Promise<Client> {
    if (server === undefined) throw new Error('nothing was started')
    const client = new Client(20_000)
    client.prepareTransfer = enterPassiveModeIPv6
    const { address, port } = deployment.target(SITE)
    await client.access({
      host: address,
      port,
      user: server.user,
      password: server.password,
      secure: true,
      secureOptions: { ca: await readFile(server.authority) },
    })
    return client
  }
})
