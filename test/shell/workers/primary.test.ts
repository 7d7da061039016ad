import { createServer } from 'node:net'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import type { Ruleset } from '../../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { Primary } from '../../../src/shell/workers/primary.ts'
import { freePort } from '../../support/proxy-in-process.ts'
import { FtpClient } from '../../../src/demo/client.ts'
import { eventually } from '../packet-log/support.ts'
import { fakeFork } from './fake-process.ts'

async function door(): Promise<Ruleset> {
  const listen = endpoint(ip('127.0.0.1'), port(await freePort('127.0.0.1')))
  return { ...frontDoor({ listen, server: endpoint(ip('192.0.2.7'), port(21)) }), workers: 2 }
}

async function primary(ruleset: Ruleset) {
  const { fork, processes } = fakeFork()
  const made = await Primary.listen({
    rules: { ruleset, sources: [{ name: 'r', text: 'first' }] },
    start: { rules: 'r', packetLog: 'log', capture: undefined, logLevel: 'silent' },
    fork,
    logger: pino({ level: 'silent' }),
    installIntercept: false,
  })
  onTestFinished(async () => {
    const closed = made.close()
    for (const process of processes) process.ends()
    await closed
  })
  return { made, processes }
}

test('clients wait until there are workers, and the rules that were read last are told', async () => {
  const ruleset = await door()
  const { made, processes } = await primary(ruleset)
  const client = await FtpClient.connect(
    ruleset.listeners[0]?.listen ?? endpoint(ip('::1'), port(1)),
  )
  onTestFinished(() => client.close())
  await made.replaceRules({ ruleset, sources: [{ name: 'r', text: 'second' }] })
  await made.startWorkers()
  expect(processes.map(({ told }) => told.at(0)?.message)).toEqual(
    [1, 2].map((worker) => ({
      type: 'start',
      worker,
      workers: 2,
      sources: [{ name: 'r', text: 'second' }],
      rules: 'r',
      packetLog: 'log',
      logLevel: 'silent',
    })),
  )
  await eventually(() =>
    expect(
      processes.flatMap(({ types }) => types()).filter((type) => type === 'client'),
    ).toHaveLength(1),
  )
})

test('ports of all workers, in the ranges of the rule file', async () => {
  const { made, processes } = await primary(await door())
  await made.startWorkers()
  const report = made.ports()
  await eventually(() => expect(processes[1]?.types()).toContain('question'))
  for (const [index, process] of processes.entries()) {
    const holder = {
      holder: `192.0.2.${index + 1}`,
      local: '127.0.0.1',
      used: 1,
      open: [],
      ports: [{ port: 50_000 + 50 * index, state: 'resting' }],
    }
    const ports = { first: 50_000 + 50 * index, last: 50_049 + 50 * index }
    const range = { key: 'passive-ports', listeners: [], ports, size: 50, holders: [holder] }
    process.says({ type: 'answer', id: 1, value: { ranges: [range] } })
  }
  expect(await report).toMatchObject({
    ranges: [
      {
        ports: { first: 50_000, last: 50_099 },
        size: 50,
        holders: [{ holder: '192.0.2.1' }, { holder: '192.0.2.2' }],
      },
    ],
  })
})

test('draining: nobody is let in any more, and it is over when the last worker is', async () => {
  const ruleset = await door()
  const { made, processes } = await primary(ruleset)
  await made.startWorkers()
  let isOver = false
  const drained = made.drain().then(() => {
    isOver = true
  })
  const listen = ruleset.listeners[0]?.listen ?? endpoint(ip('::1'), port(1))
  await expect(FtpClient.connect(listen)).rejects.toThrow(/ECONNREFUSED/)
  processes[0]?.ends()
  expect(processes.map(({ types }) => types().at(-1))).toEqual(['drain', 'drain'])
  await new Promise((resolve) => setImmediate(resolve))
  expect(isOver).toBe(false)
  processes[1]?.ends()
  await drained
})

test('a port that somebody else has: no worker is started', async () => {
  const ruleset = await door()
  const at = ruleset.listeners[0]?.listen
  const other = createServer()
  await new Promise<void>((resolve) => other.listen({ host: at?.address, port: at?.port }, resolve))
  onTestFinished(() => void other.close())
  await expect(primary(ruleset)).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
