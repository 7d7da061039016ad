/** R18: a time of day that jumps by an hour, to and fro. Deadlines and order do not go by it. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { portcullis } from '../../cli/program.ts'
import { THIS_HOST } from '../../support/peers/host.ts'
import { eventually } from '../../support/proxy-in-process.ts'
import { useLaboratory } from './laboratory.ts'
import { LinePeer, serveLines, startScriptedServer } from './line-peer.ts'

const JUMPING = `const real = Date.now
Date.now = () => real() - (Math.floor(real() / 100) % 2) * 3_600_000`

const laboratory = useLaboratory({
  server: () => startScriptedServer((peer) => serveLines(peer, () => peer.say('200 fine'))),
  rules: 'timeouts: { login: 1s, control-idle: 10m }',
  host: {
    ...THIS_HOST,
    command: (program, args) => ({
      program,
      args: ['--import', `data:text/javascript,${encodeURIComponent(JUMPING)}`, ...args],
    }),
  },
})

test('R18 sessions outlast it, timers fire all the same, records stay in order', async () => {
  const { listen, reasons, proxy } = laboratory()
  const [idle, silent] = [await LinePeer.connect(listen), await LinePeer.connect(listen)]
  await idle.login()
  await silent.ended()
  await sleep(500)
  await idle.ask('NOOP', 200)
  await eventually(() => reasons().includes('timeout.login'), 'on record')
  expect(reasons()).not.toContain('timeout.idle')
  for (const client of [idle, silent]) client.close()
  const records = readFileSync(proxy.packetLog, 'utf8').trimEnd().split('\n')
  const numbers = records.map((line) => Number(/"seq":(\d+)/.exec(line)?.[1]))
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  const times = records.map((line) => Date.parse(/"time":"([^"]+)"/.exec(line)?.[1] ?? ''))
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(3_500_000)
  expect(await portcullis(['audit', 'verify', proxy.packetLog])).toMatchObject({ code: 0 })
})
