/** Which commands a security state lets through, and what replies make of it. */
import { expect, test } from 'vitest'
import { type Command, lexCommand } from '../../../src/engine/ftp/command.ts'
import { sessionId } from '../../../src/engine/id.ts'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import { DEFAULTS } from '../../../src/engine/rules/defaults.ts'
import { createEvaluator } from '../../../src/engine/rules/evaluate.ts'
import type { ListenerTls, Profile } from '../../../src/engine/rules/ruleset.ts'
import { Deadlines } from '../../../src/engine/session/deadlines.ts'
import { Outbox } from '../../../src/engine/session/outbox.ts'
import { Security } from '../../../src/engine/session/security.ts'
import { instant } from '../../../src/net/instant.ts'
import { latin1 } from '../../support/bytes.ts'
import { at } from '../../support/conversation.ts'

const NOW = instant(1_000)
const GSSAPI = { mechanisms: new Set(['GSSAPI', 'TLS']) }

function securityOf(profile: Partial<Profile> = {}, tls: ListenerTls = 'explicit'): Security {
  const [client, local, server] = [
    at('198.51.100.10:40000'),
    at('203.0.113.1:21'),
    at('10.0.0.20:21'),
  ]
  const evaluator = createEvaluator(frontDoor({ listen: local, server, tls }))
  const [listener] = evaluator.ruleset.listeners
  if (listener === undefined) throw new Error('a front door has a listener')
  const settings = {
    id: sessionId('s1'),
    listener,
    profile: { name: 'default', ...DEFAULTS.profile, ...profile },
    rule: 'front door: control',
    evaluator,
    client,
    server,
    local,
  }
  return new Security(settings, new Outbox(settings.id, client, server), new Deadlines())
}

function command(line: string): Command {
  const lexed = lexCommand(latin1(line))
  if (lexed.type !== 'command') throw new Error(`not a command: ${line}`)
  return lexed.command
}

function auth(security: Security, mechanism: string, code: number): Security {
  security.authSent(command(`AUTH ${mechanism}`))
  expect(security.replied('AUTH', code, NOW)).toBeUndefined()
  return security
}

function protectedBy(profile: Partial<Profile> = GSSAPI): Security {
  const security = auth(securityOf(profile), 'GSSAPI', 334)
  expect(security.replied('ADAT', 235, NOW)).toBeUndefined()
  return security
}

test.each([
  ['explicit', 'clear'],
  ['implicit', 'handshaking'],
  ['implicit-after-greeting', 'tls-after-greeting'],
] as const)('a listener with tls: %s begins %s', (tls, state) => {
  expect(securityOf({}, tls).state).toBe(state)
})

test.each([
  ['AUTH TLS', undefined],
  ['AUTH tls-c', undefined],
  ['AUTH GSSAPI', 'auth.mechanism'],
  ['AUTH', 'cmd.argument'],
  ['AUTH TLS x', 'cmd.argument'],
  ['USER u', undefined],
  ['CCC', 'ccc.unprotected'],
  ['ADAT QQ==', 'gss.unexpected'],
  ['ENC QQ==', 'gss.unexpected'],
] as const)('clear: %s %s', (line, reason) => {
  expect(securityOf().refusal(command(line))).toBe(reason)
})

test.each(['USER u', 'PASV', 'RETR f', 'PROT P'])('where TLS is required: %s', (line) => {
  const security = securityOf({ encryption: 'required' })
  expect(security.refusal(command(line))).toBe('tls.required')
  for (const before of ['AUTH TLS', 'FEAT', 'QUIT'])
    expect(security.refusal(command(before))).toBeUndefined()
})

test('where encryption is forbidden nobody asks for it', () => {
  const security = securityOf({ encryption: 'forbidden' })
  expect(security.refusal(command('AUTH TLS'))).toBe('auth.forbidden')
})

test.each([
  [234, 'handshaking', true],
  [534, 'clear', false],
  [431, 'clear', false],
] as const)('AUTH TLS answered %i is %s', (code, state, isOpaque) => {
  const security = auth(securityOf(), 'TLS', code)
  expect(security.state).toBe(state)
  expect([security.isOpaque('client'), security.isOpaque('server')]).toEqual([isOpaque, isOpaque])
})

test.each([
  ['TLS', 334],
  ['TLS', 230],
  ['GSSAPI', 234],
  ['GSSAPI', 335],
] as const)('AUTH %s is never answered %i', (mechanism, code) => {
  const security = securityOf(GSSAPI)
  security.authSent(command(`AUTH ${mechanism}`))
  expect(security.isAsking).toBe(true)
  expect(security.replied('AUTH', code, NOW)).toBe('reply.mismatch')
})

test('tokens: 335 goes on, 235 protects, anything refused is clear again', () => {
  const security = auth(securityOf(GSSAPI), 'GSSAPI', 334)
  expect([security.state, security.hasTokens]).toEqual(['tokens', true])
  expect(security.replied('ADAT', 335, NOW)).toBeUndefined()
  expect(security.state).toBe('tokens')
  expect(security.replied('ADAT', 235, NOW)).toBeUndefined()
  expect([security.state, security.hasTokens]).toEqual(['protected', true])
  const refused = auth(securityOf(GSSAPI), 'GSSAPI', 334)
  refused.replied('ADAT', 535, NOW)
  expect([refused.state, refused.hasTokens]).toEqual(['clear', false])
})

test('protected: a clear command only behind a protected reply', () => {
  const security = protectedBy()
  expect(security.refusal(command('ENC QQ=='))).toBeUndefined()
  expect(security.refusal(command('PWD'))).toBe('gss.clear-command')
  expect(security.mayReplyUnasked(632)).toBe(false)
  security.protectedReplied('ENC', 632)
  expect(security.refusal(command('PWD'))).toBeUndefined()
  expect(security.refusal(command('PASS x'))).toBe('login.after-ccc')
  expect(security.mayReplyUnasked(632)).toBe(true)
  expect(security.mayReplyUnasked(226)).toBe(false)
})

test.each([
  ['PWD', 257, 'clear-again'],
  ['PWD', 533, 'protected'],
  ['MIC', 200, 'protected'],
] as const)('protected: %s answered %i is %s', (verb, code, state) => {
  const security = protectedBy()
  security.protectedReplied('MIC', 631)
  security.protectedReplied(verb, code)
  expect(security.state).toBe(state)
  expect(security.wasProtected).toBe(state === 'clear-again')
})

test('only a protected command gets a protected reply, and only while it is protected', () => {
  const security = protectedBy()
  expect(security.mayAnswer('MIC', 631)).toBe(true)
  expect(security.mayAnswer('PWD', 631)).toBe(false)
  expect(security.mayAnswer('PWD', 257)).toBe(true)
  expect([630, 631, 633, 634].map((code) => security.mayBeProtected(code))).toEqual([
    false,
    true,
    true,
    false,
  ])
  expect(securityOf().mayBeProtected(631)).toBe(false)
})

test.each([
  ['USER u', 'login.after-ccc'],
  ['PROT C', 'ccc.frozen'],
  ['PBSZ 0', 'ccc.frozen'],
  ['CCC', 'ccc.unprotected'],
  ['AUTH TLS', 'auth.after-ccc'],
  ['MIC QQ==', 'gss.unexpected'],
  ['PASV', undefined],
] as const)('clear again: %s %s', (line, reason) => {
  const security = protectedBy()
  security.protectedReplied('MIC', 631)
  security.protectedReplied('NOOP', 200)
  expect(security.refusal(command(line))).toBe(reason)
})

test('AUTH after CCC where the profile allows it, but not for ever', () => {
  const security = protectedBy({ ...GSSAPI, authAfterCcc: 'allowed' })
  const clearAgain = (): void => {
    security.protectedReplied('MIC', 631)
    security.protectedReplied('NOOP', 200)
  }
  clearAgain()
  expect(security.refusal(command('AUTH GSSAPI'))).toBeUndefined()
  auth(security, 'GSSAPI', 334)
  expect(security.state).toBe('tokens-again')
  security.replied('ADAT', 235, NOW)
  clearAgain()
  expect(security.refusal(command('AUTH GSSAPI'))).toBe('auth.after-ccc')
})
