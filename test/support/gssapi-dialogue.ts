/** Sessions that are protected with GSSAPI (RFC 2228), by peers that follow a script. */
import { Conversation, type ConversationOptions } from './conversation.ts'
import { ports } from './rules.ts'

export const GSSAPI_OPTIONS: ConversationOptions = {
  profile: { mechanisms: new Set(['GSSAPI']) },
  listener: { serverPassivePorts: ports('40000-40099') },
}

/** What a peer would have protected, as it is sent: in base64, here of the clear text itself. */
export function sealed(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64')
}

/** Greeting, AUTH and its 334: tokens are to follow. */
export function tokensAgreed(options: ConversationOptions = GSSAPI_OPTIONS): Conversation {
  const talk = new Conversation(options)
    .server('220 x\r\n')
    .client('AUTH GSSAPI\r\n')
    .server('334 ADAT must follow\r\n')
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  return talk
}

/** A session whose tokens are exchanged; its log of sent lines starts empty. */
export function protectedSession(options: ConversationOptions = GSSAPI_OPTIONS): Conversation {
  const talk = tokensAgreed(options)
    .client('ADAT Q0xJRU5U\r\n')
    .server('335 ADAT=U0VSVkVS\r\n')
    .client('ADAT RE9ORQ==\r\n')
    .server('235 ok\r\n')
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  return talk
}

/** A protected session that has logged in and said CCC, all of it out of sight. */
export function afterProtectedCcc(options: ConversationOptions = GSSAPI_OPTIONS): Conversation {
  const talk = protectedSession(options)
    .client(`MIC ${sealed('USER u')}\r\n`)
    .server(`631 ${sealed('232 u is logged in')}\r\n`)
    .client(`MIC ${sealed('CCC')}\r\n`)
    .server(`631 ${sealed('200 clear')}\r\n`)
  talk.takeSentTo('server')
  talk.takeSentTo('client')
  return talk
}
