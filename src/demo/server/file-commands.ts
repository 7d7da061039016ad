/** Commands about the file tree, and those that send files and listings. */
import type { Conversation, Handler } from './conversation.ts'
import { type Entry, findEntry, resolvePath } from './file-tree.ts'
import { formatFacts, formatListing, type ListingForm, listed, MODIFIED } from './listing.ts'

export const FILE_COMMANDS: Readonly<Record<string, Handler>> = {
  PWD: replyDirectory,
  XPWD: replyDirectory,
  CWD: changeDirectory,
  XCWD: changeDirectory,
  CDUP: (conversation) => changeDirectory(conversation, '..'),
  XCUP: (conversation) => changeDirectory(conversation, '..'),
  SIZE(conversation, argument) {
    const entry = entryAt(conversation, argument)
    if (entry?.type !== 'file') replyNoFile(conversation, argument)
    else if (conversation.type === 'A') conversation.reply(550, 'SIZE needs TYPE I.')
    else conversation.reply(213, `${entry.bytes.length}`)
  },
  MDTM(conversation, argument) {
    if (entryAt(conversation, argument)?.type !== 'file') replyNoFile(conversation, argument)
    else conversation.reply(213, MODIFIED)
  },
  MLST(conversation, argument) {
    const entry = entryAt(conversation, argument)
    if (entry === undefined) replyNoFile(conversation, argument)
    else conversation.reply(250, 'Facts:', ` ${formatFacts(entry)}`, 'End')
  },
  LIST: (conversation, argument) => sendListing('LIST', conversation, withoutOptions(argument)),
  NLST: (conversation, argument) => sendListing('NLST', conversation, withoutOptions(argument)),
  MLSD: (conversation, argument) => sendListing('MLSD', conversation, argument),
  REST(conversation, argument) {
    if (/^\d{1,15}$/.test(argument)) {
      conversation.restartAt = Number(argument)
      conversation.reply(350, `The next RETR starts at byte ${argument}.`)
    } else conversation.reply(501, 'REST takes a number of bytes.')
  },
  async RETR(conversation, argument) {
    const entry = entryAt(conversation, argument)
    const start = conversation.restartAt
    conversation.restartAt = 0
    if (entry?.type !== 'file') {
      conversation.data.clear()
      replyNoFile(conversation, argument)
      return
    }
    const bytes = conversation.type === 'A' ? withCrlf(entry.bytes) : entry.bytes
    await conversation.transfer(entry.name, bytes.subarray(start))
  },
  ...Object.fromEntries(
    [
      'STOR',
      'STOU',
      'APPE',
      'DELE',
      'RMD',
      'XRMD',
      'MKD',
      'XMKD',
      'RNFR',
      'RNTO',
      'SITE',
      'MFMT',
    ].map((verb): [string, Handler] => [verb, refuseToWrite]),
  ),
}

function refuseToWrite(conversation: Conversation): void {
  conversation.data.clear()
  conversation.reply(550, 'Everything here is read-only.')
}

function replyDirectory(conversation: Conversation): void {
  // RFC 959 appendix II: a quote inside the path is doubled.
  const quoted = conversation.directory.replaceAll('"', '""')
  conversation.reply(257, `"${quoted}" is the current directory.`)
}

function changeDirectory(conversation: Conversation, argument: string): void {
  const path = resolvePath(conversation.directory, argument)
  if (findEntry(conversation.root, path)?.type !== 'directory') {
    conversation.reply(550, `${argument}: no such directory.`)
    return
  }
  conversation.directory = path
  conversation.reply(250, `Now in ${path}.`)
}

async function sendListing(
  form: ListingForm,
  conversation: Conversation,
  path: string,
): Promise<void> {
  const entry = entryAt(conversation, path)
  if (entry === undefined || (form === 'MLSD' && entry.type !== 'directory')) {
    conversation.data.clear()
    replyNoFile(conversation, path)
    return
  }
  await conversation.transfer('a listing', formatListing(form, listed(entry)))
}

function entryAt(conversation: Conversation, argument: string): Entry | undefined {
  return findEntry(conversation.root, resolvePath(conversation.directory, argument))
}

function replyNoFile(conversation: Conversation, path: string): void {
  conversation.reply(550, `${path}: no such file.`)
}

/** `-la /pub` → `/pub`: what many clients send, as if LIST were `ls`. */
function withoutOptions(argument: string): string {
  return argument.replace(/^(?:-\S*\s*)+/, '')
}

/** TYPE A sends lines that end in CRLF (RFC 959 §3.1.1.1). */
function withCrlf(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
}
