import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { closeLogs, openAdminSocket, openCapture, warnOfPort20 } from '../../src/cli/run-parts.ts'
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import type { Ruleset } from '../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import { AdminError } from '../../src/shell/admin/admin-error.ts'
import { askAdmin } from '../../src/shell/admin/ask-admin.ts'
import { createPacketLog } from '../../src/shell/packet-log/pino-packet-log.ts'
import { temporaryFolder } from './program.ts'

function listening() {
  const said: string[] = []
  const write = (line: string): void => {
    said.push((JSON.parse(line) as { msg: string }).msg)
  }
  return { logger: pino({}, { write }), said }
}

test('an answer that takes its time is an answer', async () => {
  const { logger } = listening()
  const path = join(await temporaryFolder(), 'admin.sock')
  const answer = async (): Promise<object> => ({ ranges: [] })
  const admin = await openAdminSocket(path, answer, { user: undefined, logger })
  onTestFinished(async () => admin?.close())
  expect(await askAdmin(path, { request: 'ports' })).toEqual({ ranges: [] })
})

test('a place that was asked for has to be had', async () => {
  const { logger } = listening()
  const path = join(await temporaryFolder(), 'file')
  writeFileSync(path, '')
  const opening = openAdminSocket(path, () => ({}), { user: undefined, logger })
  await expect(opening).rejects.toThrow(AdminError)
})

test('what was lost is said at the end', async () => {
  const { logger, said } = listening()
  const folder = await temporaryFolder()
  mkdirSync(join(folder, 'folder'))
  const packetLog = createPacketLog({
    path: join(folder, 'log.jsonl'),
    onFailure: 'deny',
    version: '1',
    rules: 'r',
    bufferBytesMax: 0,
  })
  const capture = openCapture(join(folder, 'folder'), logger)
  packetLog.write({ type: 'log.lost', records: 1 })
  await closeLogs({ packetLog, capture, logger })
  expect(said).toContain('the capture file cannot be written')
  expect(said).toContain('records of the packet log were lost')
  expect(openCapture(undefined, logger)).toBeUndefined()
})

test('without active mode nobody needs port 20', async () => {
  const { logger, said } = listening()
  const at = (address: string) => endpoint(ip(address), port(21))
  const ruleset: Ruleset = {
    ...frontDoor({ listen: at('::1'), server: at('192.0.2.1') }),
    rules: [],
  }
  await warnOfPort20({ ...ruleset, profiles: new Map() }, logger)
  expect(said).toEqual([])
})
