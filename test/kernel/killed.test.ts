/**
 * The end of the process: killed in the middle of a transfer, started again, ended in order. What
 * flows goes on, what was open is closed by the kernel's own clock, and tables of others are left
 * alone.
 */
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requirePeers } from '../support/peers/require.ts'
import { exited } from '../support/peers/program.ts'
import {
  DEPLOYMENTS,
  type Deployment,
  type DeploymentName,
  type Site,
} from './support/deployment.ts'
import { CLIENT } from './support/lab.ts'
import { firewallProblem } from './support/require.ts'
import { type Incoming, ScriptedClient } from './support/scripted-client.ts'
import { ScriptedServer } from './support/scripted-server.ts'
import { type RunningStage, openStage, startBefore } from './support/stage.ts'
import { elementsIn, elementsLeft, tablesIn } from './support/table.ts'

const SITE: Site = { slot: 0, family: 4, tls: 'explicit' }
const CHUNK = randomBytes(65_536)
/** Far more than the buffers between server and client hold. */
const CHUNKS = 512
const TIMEOUTS = { timeouts: { pinhole: '3s' } }
const OTHERS = 'add table inet others\nadd chain inet others forward'

const names: readonly DeploymentName[] = ['front-door-kernel', 'gateway-tproxy']

describe.each(names)('%s, killed in the middle of a transfer', (name) => {
  const deployment: Deployment = DEPLOYMENTS[name]
  let stage: RunningStage | undefined

  beforeAll(async () => {
    if (firewallProblem() !== undefined) return
    stage = await openStage(
      deployment,
      ({ lab, atEnd }) => {
        const server = new ScriptedServer(lab.server, {
          contents: () => Array.from({ length: CHUNKS }, () => CHUNK),
        })
        atEnd(() => server.close())
        lab.firewall.nft(OTHERS)
        return [SITE]
      },
      {},
      TIMEOUTS,
    )
  })
  // Portcullis was killed, which `close` takes amiss.
  afterAll(() => stage?.close().catch(() => undefined))

  test('the transfer goes on, the pinholes go, the next start takes over', async (context) => {
    requirePeers(context, [firewallProblem()])
    if (stage?.portcullis === undefined) throw new Error('nothing runs')
    const { lab, portcullis } = stage
    const { firewall } = lab
    const clients: ScriptedClient[] = []
    const login = async (): Promise<ScriptedClient> => {
      const client = new ScriptedClient(lab.client, deployment.target(SITE), CLIENT[4])
      clients.push(client)
      await client.login()
      return client
    }
    const others = firewall.run('nft', ['list', 'table', 'inet', 'others'])
    try {
      const beforeKill = await login()
      const flows: Incoming[] = [await beforeKill.begin('file', 'EPSV')]
      const beforeKillToo = await login()
      flows.push(await beforeKillToo.begin('file', 'EPRT'))
      for (const { socket } of flows) socket.pause()
      const waiting = await login()
      expect(await waiting.ask('EPSV')).toContain('229')
      expect(Object.keys(elementsIn(firewall))).not.toEqual([])

      portcullis.child.kill('SIGKILL')
      await exited(portcullis.child)
      expect(tablesIn(firewall)).toContain('inet portcullis')
      // Nobody but the kernel is there to do it.
      expect(await elementsLeft(firewall)).toEqual({})

      const again = await startBefore(deployment, [SITE], lab, TIMEOUTS)
      if (again === undefined) throw new Error('nothing was started')
      try {
        // What began under the first process ends under the second.
        for (const flow of flows) {
          flow.socket.resume()
          const digest = createHash('sha256')
            .update(await flow.all())
            .digest('hex')
          expect(digest).toBe(wanted())
        }
        const after = await login()
        const bytes = await after.retrieve('file', 'EPSV')
        expect(createHash('sha256').update(bytes).digest('hex')).toBe(wanted())
      } finally {
        await again.stop()
      }
      const left = tablesIn(firewall).filter((table) => table.includes('portcullis'))
      expect(left).toEqual([])
      expect(firewall.run('nft', ['list', 'table', 'inet', 'others'])).toBe(others)
      expect(firewall.run('ip', ['rule', 'list'])).not.toContain('fwmark')
    } finally {
      for (const client of clients) client.close()
    }
  })
})

function wanted(): string {
  const hash = createHash('sha256')
  for (let index = 0; index < CHUNKS; index++) hash.update(CHUNK)
  return hash.digest('hex')
}
