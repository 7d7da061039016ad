/** Commands that neither move about the file tree nor need a data connection. */
import type { Handler } from './conversation.ts'

/** Lines of FEAT (RFC 2389): what RFC 3659, RFC 2428 and RFC 2640 added to RFC 959. */
const FEATURES = [
  'EPRT',
  'EPSV',
  'MDTM',
  'MLST type*;size*;modify*;perm*;',
  'REST STREAM',
  'SIZE',
  'TVFS',
  'UTF8',
]

export const SESSION_COMMANDS: Readonly<Record<string, Handler>> = {
  USER(conversation, argument) {
    conversation.isLoggedIn = false
    conversation.user = argument === '' ? undefined : argument
    if (argument === '') conversation.reply(501, 'USER needs a name; any name will do.')
    else conversation.reply(331, 'Any password will do.')
  },
  PASS(conversation) {
    conversation.isLoggedIn = conversation.user !== undefined
    if (conversation.isLoggedIn) conversation.reply(230, 'Welcome. All is read-only.')
    else conversation.reply(503, 'Send USER first.')
  },
  ACCT: (conversation) => conversation.reply(202, 'No account is needed.'),
  REIN(conversation) {
    conversation.data.clear()
    conversation.user = undefined
    conversation.isLoggedIn = false
    conversation.isEpsvOnly = false
    conversation.directory = '/'
    conversation.type = 'A'
    conversation.restartAt = 0
    conversation.reply(220, 'Ready for a new user.')
  },
  QUIT(conversation) {
    conversation.reply(221, 'Goodbye.')
    conversation.end()
  },
  SYST: (conversation) => conversation.reply(215, 'UNIX Type: L8'),
  FEAT: (conversation) =>
    conversation.reply(211, 'Features:', ...FEATURES.map((f) => ` ${f}`), 'End'),
  OPTS(conversation, argument) {
    if (/^UTF8(?: ON)?$/i.test(argument)) conversation.reply(200, 'UTF-8 it is, always.')
    else conversation.reply(501, 'The only option is UTF8 ON.')
  },
  NOOP: (conversation) => conversation.reply(200, 'Nothing done.'),
  HELP: (conversation) =>
    conversation.reply(214, 'An RFC 959 server; read-only, and built for one demo.'),
  STAT(conversation) {
    conversation.reply(
      211,
      'Status:',
      ` ${conversation.isLoggedIn ? `logged in as ${conversation.user}` : 'not logged in'}`,
      ` in ${conversation.directory}, TYPE ${conversation.type}`,
      'End',
    )
  },
  ABOR(conversation) {
    // A running transfer was already cut short when this line arrived.
    conversation.data.clear()
    conversation.reply(226, 'Nothing is being transferred now.')
  },
  TYPE(conversation, argument) {
    const type = /^(?:([AI])(?: N)?|L 8)$/i.exec(argument)
    if (type === null) {
      conversation.reply(504, 'TYPE is A or I.')
      return
    }
    conversation.type = type[1]?.toUpperCase() === 'A' ? 'A' : 'I'
    conversation.reply(200, `TYPE is ${conversation.type}.`)
  },
  MODE: (conversation, argument) => replyOnlyFor('S', conversation, argument),
  STRU: (conversation, argument) => replyOnlyFor('F', conversation, argument),
  ALLO: (conversation) => conversation.reply(202, 'No storage needs to be allocated.'),
}

function replyOnlyFor(only: string, ...[conversation, argument]: Parameters<Handler>): void {
  if (argument.toUpperCase() === only) conversation.reply(200, 'As always.')
  else conversation.reply(504, `${only} is the only one there is.`)
}
