import { expect, test } from 'vitest'
import { existsSync } from 'node:fs'
import { runIp } from '../../../src/shell/intercept/ip-command.ts'

const isInstalled = ['/usr/sbin/ip', '/usr/bin/ip', '/sbin/ip', '/bin/ip'].some((path) =>
  existsSync(path),
)

test('a failure is one line, with the command and what ip says', ({ skip }) => {
  skip(!isInstalled, 'the program ip is not installed')
  expect(() => runIp(['rule', 'add', 'nonsense'])).toThrow(/^ip rule add nonsense: .*nonsense.*$/)
})

test('a command that works says nothing', ({ skip }) => {
  skip(!isInstalled, 'the program ip is not installed')
  expect(runIp(['link', 'show', 'lo'])).toBeUndefined()
})
