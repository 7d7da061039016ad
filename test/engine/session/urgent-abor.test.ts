import { describe, expect, test } from 'vitest'
import { Conversation } from '../../support/conversation.ts'

describe('an ABOR whose LF was sent as urgent data and is lost', () => {
  test.each(['ABOR\r', 'abor\r', '\xff\xf4\xffABOR\r'])(
    '%j is taken for ABOR after a while',
    (line) => {
      const talk = new Conversation().login().client('RETR f\r\n').server('150 go\r\n')
      talk.takeSentTo('server')
      talk.client(line)
      expect(talk.takeSentTo('server')).toBe('')
      talk.advance(500)
      expect(talk.takeSentTo('server')).toMatch(/^ABOR\r\n$/i)
      talk.server('426 gone\r\n226 aborted\r\n').client('NOOP\r\n')
      expect(talk.takeSentTo('server')).toBe('NOOP\r\n')
      expect(talk.reasons.filter((reason) => reason !== 'telnet.stripped')).toEqual([])
    },
  )

  test('an LF that comes late all the same belongs to it', () => {
    const talk = new Conversation().login().client('ABOR\r').advance(500).client('\n')
    expect(talk.sentTo('server').match(/ABOR/g)).toHaveLength(1)
    talk.server('225 nothing to do\r\n').client('NOOP\r\n')
    expect(talk.sentTo('server').endsWith('NOOP\r\n')).toBe(true)
    expect(talk.reasons).toEqual([])
  })

  test.each(['ABORT\r', 'NOOP\r', 'ABOR x\r'])('%j only waits for the rest of its line', (line) => {
    const talk = new Conversation().login().client(line).advance(1_000)
    expect(talk.sentTo('server')).toBe('USER u\r\nPASS p\r\n')
    expect(talk.isClosed).toBe(false)
  })
})
