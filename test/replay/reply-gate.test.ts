import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AskedCommands } from '../../src/replay/asked.ts'
import { ReplyGate } from '../../src/replay/reply-gate.ts'

function gate(
  commands: string,
  isGreeted = true,
): { asked: AskedCommands; gate: ReplyGate; log: string[]; passed: () => string } {
  const asked = new AskedCommands(512, 'strict')
  asked.push(Buffer.from(commands))
  const log: string[] = []
  let passed = ''
  const made = new ReplyGate(
    asked,
    {
      pass: (bytes) => {
        passed += Buffer.from(bytes).toString('latin1')
      },
      secured: () => log.push('secured'),
      diverged: (verb, code) => log.push(`diverged ${verb} ${code}`),
    },
    isGreeted,
  )
  return { asked, gate: made, log, passed: () => passed }
}

test('what answers a refused command is dropped, wherever it is cut', () => {
  const text = '200-a\r\n227 not the end\r\n200 a\r\n200 b\r\n211-c\r\n 200 x\r\n211 c\r\n'
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 40 }), (cuts) => {
      const { asked, gate: one, passed } = gate('NOOP\r\nPORT 1\r\nSTAT\r\n')
      asked.begun()
      asked.sent()
      asked.begun()
      asked.refused(true)
      asked.begun()
      asked.sent()
      let at = 0
      for (const cut of cuts) one.push(Buffer.from(text.slice(at, (at += cut))))
      one.push(Buffer.from(text.slice(at)))
      expect(passed()).toBe(text.replace('200 b\r\n', ''))
    }),
  )
})

test('a reply waits until its command is decided, and what is behind it waits too', () => {
  const { asked, gate: one, passed } = gate('NOOP\r\nPWD\r\n')
  asked.begun()
  asked.sent()
  one.push(Buffer.from('200 a\r\n257 b\r\n'))
  one.push(Buffer.from('421 bye\r\n'))
  expect([passed(), one.isHolding]).toEqual(['200 a\r\n', true])
  asked.begun()
  asked.sent()
  one.retry()
  expect([passed(), one.isHolding]).toEqual(['200 a\r\n257 b\r\n421 bye\r\n', false])
})

test('the greeting answers nothing, and what is no reply passes', () => {
  const { gate: one, passed } = gate('USER a\r\n', false)
  one.push(Buffer.from('120 wait\r\n220 x\r\ngarbage\r\n'))
  expect(passed()).toBe('120 wait\r\n220 x\r\ngarbage\r\n')
})

test('behind an accepted AUTH bytes are not lines; behind a refused one the capture is another', () => {
  const accepted = gate('AUTH TLS\r\n')
  accepted.asked.begun()
  accepted.asked.sent()
  accepted.gate.push(Buffer.from('234 go\r\n'))
  accepted.gate.opaque()
  accepted.gate.push(Buffer.from([0x16, 3, 3, 0, 1]))
  expect([accepted.log, accepted.passed()]).toEqual([['secured'], '234 go\r\n\x16\x03\x03\x00\x01'])
  const refused = gate('AUTH TLS\r\n')
  refused.asked.begun()
  refused.asked.refused(true)
  refused.gate.push(Buffer.from('234 go\r\n'))
  expect([refused.log, refused.passed()]).toEqual([['diverged AUTH 234'], ''])
})

test('clear again: what the engine has seen already is not passed twice', () => {
  const { asked, gate: one, passed } = gate('')
  one.opaque()
  asked.push(Buffer.from('PWD\r\nNOOP\r\n'))
  for (let count = 0; count < 2; count++) {
    asked.begun()
    asked.sent()
  }
  one.readable(Buffer.from('257 "/"\r\n'))
  one.push(Buffer.from('200 ok\r\n'))
  expect(passed()).toBe('200 ok\r\n')
})
