/**
 * A pinhole of the relay beside a bare listening socket, and one of the kernel data path beside an
 * element that `nft` adds. The latter two need root, and have a network namespace of their own.
 */
import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PinholeId } from '../../src/engine/id.ts'
import { createRelayDataPath } from '../../src/shell/data-path/relay-data-path.ts'
import { labProblem } from '../../test/kernel/support/require.ts'
import type { Comparison } from '../comparison.ts'
import { contest, type Figures, type Way, way } from '../contest.ts'
import { doorsOf } from './data-path-doors.ts'
import { type Doors, LIVE_PINHOLES, measureDoors } from './pinhole-costs.ts'

const TIMES = 200

const run = promisify(execFile)

export function comparePinholes(rounds: number): Promise<Comparison> {
  return contest(
    {
      id: 'pinholes',
      title: 'Opening and closing a pinhole beside others that are open',
      figure: `open µs, ${LIVE_PINHOLES.at(-1)} live`,
      isMoreBetter: false,
    },
    rounds,
    [
      way('Portcullis relay', throughRelay),
      way('listen() of node:net', () => measureDoors(bareListeners(), TIMES)),
      ...(labProblem() === undefined ? kernelWays() : []),
    ],
  )
}

function kernelWays(): readonly Way[] {
  return [
    way('Portcullis kernel', () => inNamespace('portcullis', TIMES)),
    way('nft add element', () => inNamespace('nft', TIMES / 10)),
  ]
}

async function throughRelay(): Promise<Figures> {
  const { path, doors } = await doorsOf('loopback', async (report) => createRelayDataPath(report))
  const figures = await measureDoors(doors, TIMES)
  await path.close()
  return figures
}

function bareListeners(): Doors {
  const servers = new Map<PinholeId, Server>()
  return {
    address: 'loopback',
    open: async (pinholes) => {
      await Promise.all(
        pinholes.map(async ({ id, listen }) => {
          const server = createServer()
          servers.set(id, server)
          server.listen({ host: listen.address, port: listen.port, exclusive: true })
          await once(server, 'listening')
        }),
      )
    },
    close: async (pinholes) => {
      await Promise.all(
        pinholes.map(async ({ id }) => {
          const server = servers.get(id)
          servers.delete(id)
          server?.close()
        }),
      )
    },
  }
}

async function inNamespace(way: 'portcullis' | 'nft', times: number): Promise<Figures> {
  const namespace = `portcullis-bench-${process.pid}`
  execFileSync('ip', ['netns', 'add', namespace])
  try {
    const program = join(import.meta.dirname, 'kernel-pinholes.js')
    const words = ['netns', 'exec', namespace, process.execPath, program, way, `${times}`]
    const { stdout } = await run('ip', words)
    return JSON.parse(stdout) as Figures
  } finally {
    execFileSync('ip', ['netns', 'delete', namespace])
  }
}
