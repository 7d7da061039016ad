import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { hasActiveMode, mayBindPort20 } from '../../src/cli/port-20.ts'
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import type { Profile, Ruleset } from '../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'

const OPEN = frontDoor({
  listen: endpoint(ip('127.0.0.1'), port(2121)),
  server: endpoint(ip('127.0.0.2'), port(21)),
})

test('active mode takes a rule that permits it and a profile that allows it', () => {
  expect(hasActiveMode(OPEN)).toBe(true)
  expect(hasActiveMode({ ...OPEN, rules: OPEN.rules.filter(isNotActive) })).toBe(false)
  const denied = OPEN.rules.map((rule) => ({ ...rule, action: 'deny' as const }))
  expect(hasActiveMode({ ...OPEN, rules: denied })).toBe(false)
  const profiles = [...OPEN.profiles.values()].map(withoutActiveMode)
  expect(hasActiveMode({ ...OPEN, profiles: new Map(profiles) })).toBe(false)
})

test('port 20 being in use is no lack of privilege', async ({ skip }) => {
  const mayBind = await mayBindPort20()
  skip(!mayBind, 'only a process that may bind port 20 can have it in use')
  const holder = createServer()
  await new Promise<void>((resolve, reject) => {
    holder.once('error', reject)
    holder.listen({ host: '127.0.0.1', port: 20, exclusive: true }, resolve)
  })
  onTestFinished(() => void holder.close())
  expect(await mayBindPort20()).toBe(true)
})

function isNotActive({ kind }: Ruleset['rules'][number]): boolean {
  return kind !== 'active-data'
}

function withoutActiveMode(profile: Profile): [string, Profile] {
  return [profile.name, { ...profile, activeMode: 'denied' }]
}
