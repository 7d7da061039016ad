/**
 * Who sees whom: the server's view of clients, the client's view of servers, a host that is neither,
 * and what the packet log says of the data connections that the kernel carried.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formatEndpoint } from '../../src/net/endpoint.ts'
import type { IpFamily } from '../../src/net/ip.ts'
import { requirePeers } from '../support/peers/require.ts'
import {
  DEPLOYMENTS,
  DEPLOYMENT_NAMES,
  type DeploymentName,
  type Site,
} from './support/deployment.ts'
import { CLIENT, STRANGER } from './support/lab.ts'
import { awaitRecords } from './support/packet-log.ts'
import { firewallProblem } from './support/require.ts'
import { ScriptedClient, announced } from './support/scripted-client.ts'
import { PAYLOAD, ScriptedServer, type ScriptedSession } from './support/scripted-server.ts'
import { type RunningStage, openStage } from './support/stage.ts'

const FAMILIES: readonly IpFamily[] = [4, 6]
const MODES = { 4: ['PASV', 'EPSV', 'PORT', 'EPRT'], 6: ['EPSV', 'EPRT'] } as const

/** A packet that is dropped is sent again after a second: a second chance, and no answer either. */
const REFUSED_WITHIN_MS = 1_300

interface Meeting {
  readonly client: ScriptedClient
  readonly session: ScriptedSession
  readonly packetLog: string
}

for (const name of DEPLOYMENT_NAMES) if (name !== 'routed') describeDeployment(name)

function siteOf(family: IpFamily): Site {
  return { slot: 0, family, tls: 'explicit' }
}

function describeDeployment(name: DeploymentName): void {
  const deployment = DEPLOYMENTS[name]
  describe(name, () => {
    let stage: RunningStage | undefined
    let server: ScriptedServer | undefined

    beforeAll(async () => {
      if (firewallProblem() !== undefined) return
      stage = await openStage(deployment, ({ lab, atEnd }) => {
        const scripted = new ScriptedServer(lab.server)
        server = scripted
        atEnd(() => scripted.close())
        return FAMILIES.map(siteOf)
      })
    })
    afterAll(() => stage?.close())

    /** A session, logged in, which is closed in the end. */
    async function meet(family: IpFamily, act: (meeting: Meeting) => Promise<void>): Promise<void> {
      if (stage?.portcullis === undefined || server === undefined) throw new Error('nothing runs')
      const endpoint = deployment.target(siteOf(family))
      const client = new ScriptedClient(stage.lab.client, endpoint, CLIENT[family])
      try {
        const user = `user-${server.sessions.length}`
        await client.login(user)
        const session = server.sessionOf(user)
        if (session === undefined) throw new Error('the server has no such session')
        await act({ client, session, packetLog: stage.portcullis.packetLog })
      } finally {
        client.close()
      }
    }

    for (const family of FAMILIES) {
      for (const mode of MODES[family])
        test(`${mode} over IPv${family}: each end sees the address that it should`, async (context) => {
          requirePeers(context, [firewallProblem()])
          await meet(family, async ({ client, session, packetLog }) => {
            const incoming = await client.begin('file', mode)
            expect(await incoming.all()).toEqual(PAYLOAD)
            expect(session.peer.address).toBe(deployment.seenAs[family])
            expect(incoming.peer.address).toBe(deployment.target(siteOf(family)).address)
            const isActive = mode === 'PORT' || mode === 'EPRT'
            if (isActive) expect(incoming.peer.port).toBe(20)
            else expect(session.dataPeers[0]?.address).toBe(deployment.seenAs[family])
            expect(await client.reply()).toContain('226')

            // The record of its end has what the kernel counted.
            const control = formatEndpoint(client.local)
            const [record] = await awaitRecords(
              packetLog,
              1,
              ({ type, client: of }) => type === 'data.close' && of === control,
            )
            expect(record).toMatchObject({ verb: 'RETR', path: 'file', cause: 'end' })
            // Payload, a SYN and a FIN at least; and nobody acknowledges without packets.
            expect(record?.['toClientBytes']).toBeGreaterThan(PAYLOAD.length + 2 * 40)
            expect(record?.['toClientPackets']).toBeGreaterThanOrEqual(3)
            expect(record?.['toServerPackets']).toBeGreaterThanOrEqual(3)
          })
        })

      test(`IPv${family}: a host that nobody expects is refused and recorded`, async (context) => {
        requirePeers(context, [firewallProblem()])
        await meet(family, async ({ client, session, packetLog }) => {
          const told = await client.ask('EPSV')
          const at = announced(told, deployment.target(siteOf(family)).address)
          if (at === undefined) throw new Error(told)
          await expect(client.open(at, STRANGER[family], REFUSED_WITHIN_MS)).rejects.toThrow()
          expect(session.dataPeers).toEqual([])
          const found = await awaitRecords(
            packetLog,
            1,
            ({ type, peer, local }) =>
              type === 'data.refused' &&
              String(peer).includes(STRANGER[family]) &&
              local === formatEndpoint(at),
          )
          expect(found.length).toBeGreaterThanOrEqual(1)

          // The pinhole still waits for whom it was opened.
          const incoming = await client.open(at, CLIENT[family])
          expect(await client.ask('RETR file')).toContain('150')
          expect(await incoming.all()).toEqual(PAYLOAD)
          // And for one connection only.
          await expect(client.open(at, CLIENT[family], REFUSED_WITHIN_MS)).rejects.toThrow()
        })
      })
    }
  })
}
