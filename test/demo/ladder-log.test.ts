import { expect, test } from 'vitest'
import { LadderLog } from '../../src/demo/ladder-log.ts'
import { Terminal } from '../../src/demo/terminal.ts'
import { sessionId } from '../../src/engine/id.ts'
import type { PacketLogRecord } from '../../src/engine/session/record.ts'

const session = { session: sessionId('s1'), client: '127.0.0.1:40000', server: '127.0.0.2:21' }
const opened: PacketLogRecord = {
  ...session,
  type: 'session.open',
  listener: 'it',
  local: '127.0.0.1:2121',
  rule: 'front door: control',
  profile: 'default',
}
const command: PacketLogRecord = { ...session, type: 'control.command', verb: 'NOOP' }

test('draws records as they come, and what waits at the end', async () => {
  const { log, written } = drawing(100)
  log.write(opened)
  expect(written()).toMatch(/session s1/)
  log.write(command)
  await log.close()
  expect(written()).toMatch(/NOOP +─┼─+┼▶\n$/)
})

test('sessions are set apart', () => {
  const { log, written } = drawing(100)
  log.write(opened)
  log.write({ ...opened, session: sessionId('s2') })
  expect(written()).toMatch(/^.*session s1[^]*\n\n.*session s2/)
})

test('no row is wider than the terminal, nor than can be read at a glance', () => {
  for (const [columns, widest] of [
    [90, 90],
    [300, 120],
  ] as const) {
    const { log, written } = drawing(columns)
    log.write(opened)
    const widths = written()
      .split('\n')
      .map((row) => row.length)
    expect(Math.max(...widths)).toBeLessThanOrEqual(widest)
  }
})

test('settles when nothing has come for a moment', async () => {
  const { log } = drawing(100)
  log.write(opened)
  await log.settle()
})

function drawing(columns: number): { readonly log: LadderLog; readonly written: () => string } {
  const pieces: string[] = []
  const output = { columns, write: (text: string): number => pieces.push(text) }
  return { log: new LadderLog(new Terminal(output)), written: () => pieces.join('') }
}
