import { describe, expect, test } from 'vitest'
import { DEFAULTS } from '../../../src/engine/rules/defaults.ts'
import { canBeOff, SWITCHES } from '../../../src/engine/rules/inspection.ts'

describe('checks whose loosening would break the firewall', () => {
  const unsafe = Object.entries(SWITCHES).filter(([, actions]) => !actions.some(letsPass))

  test('are these, and no profile can switch them off', () => {
    expect(unsafe.map(([name]) => name)).toEqual([
      'embedded-commands',
      'malformed-addresses',
      'command-spoofing',
      'reply-spoofing',
      'low-ports',
    ])
    for (const [name] of unsafe) expect(canBeOff(name as keyof typeof SWITCHES)).toBe(false)
  })

  test('all others can be, lists too', () => {
    expect(canBeOff('rest')).toBe(true)
    expect(canBeOff('banner')).toBe(true)
    expect(canBeOff('file-names')).toBe(true)
  })
})

test('each default is an action that the check has', () => {
  for (const [name, actions] of Object.entries(SWITCHES))
    expect(actions).toContain(DEFAULTS.profile.checks.actions[name as keyof typeof SWITCHES])
})

function letsPass(action: string): boolean {
  return action === 'log' || action === 'off' || action === 'mask'
}
