import { describe, expect, test } from 'vitest'
import { formatReply, localReply } from '../../../src/engine/session/local-reply.ts'
import { REASONS, type Reason } from '../../../src/engine/session/reason.ts'
import { textOf } from '../../support/bytes.ts'

const reasons = Object.keys(REASONS) as Reason[]

describe('the proxy’s own replies', () => {
  test.each(reasons)('%s is one well-formed reply', (reason) => {
    expect(textOf(formatReply(localReply(reason, 4)))).toMatch(/^[45]\d\d [A-Z][ -~]*[.)]\r\n$/)
  })

  test.each([
    ['cmd.syntax', 500],
    ['cmd.bare-cr', 501],
    ['cmd.denied', 502],
    ['epsv-all', 503],
    ['port.privileged', 504],
    ['port.foreign-address', 501],
    ['login.required', 530],
    ['range.exhausted', 425],
    ['pasv.malformed', 425],
  ] as const)('%s is answered %i', (reason, code) => {
    expect(localReply(reason, 4).code).toBe(code)
  })

  test.each([
    'cmd.too-long',
    'cmd.binary',
    'proto.http',
    'timeout.idle',
    'reply.malformed',
  ] as const)('%s ends the session, so it is answered 421', (reason) => {
    expect(localReply(reason, 4).code).toBe(421)
  })

  test('522 names the network protocol that may be used (RFC 2428 §2)', () => {
    expect(localReply('port.family', 4).text).toBe('Network protocol not supported, use (1)')
    expect(localReply('port.family', 6).text).toBe('Network protocol not supported, use (2)')
  })

  test('a reply is a sentence and ends in CR LF', () => {
    expect(textOf(formatReply(localReply('login.required', 4)))).toBe(
      '530 The command needs a login.\r\n',
    )
  })
})
