/**
 * The scripted session of the demo. Each step says what is about to happen, does it with a client
 * that knows nothing of a proxy, and checks what came back.
 */
import { bytesText } from '../record/ladder-text.ts'
import { type FtpClient, type Transfer, UnexpectedReply } from './client.ts'
import { type DirectoryEntry, findEntry } from './server/file-tree.ts'

export interface Step {
  readonly title: string
  /** For somebody who has never read RFC 959. */
  readonly explanation: string
  /** Resolves to what was checked; rejects with {@link UnexpectedReply} when it was not so. */
  perform(client: FtpClient): Promise<string>
}

/** An address of TEST-NET-1 (RFC 5737): nobody's, so the attempt can hurt nobody. */
const THIRD_PARTY = '192,0,2,66,19,137'
const LARGE_FILE = '/numbers/primes.txt'
const SMALL_FILE = '/welcome.txt'

/** The steps, for a server that serves `root`. */
export function scriptedSession(root: DirectoryEntry): readonly Step[] {
  return [
    {
      title: 'A client connects and logs in',
      explanation:
        'It believes that it speaks with the server. The password goes through, and never ' +
        'reaches the packet log.',
      async perform(client) {
        const greeting = await client.nextReply()
        if (greeting.code !== 220) throw new UnexpectedReply('no greeting')
        await client.expect('USER demo', 331)
        await client.expect('PASS correct horse battery staple', 230)
        return 'greeted and logged in'
      },
    },
    {
      title: 'Passive mode: a listing',
      explanation:
        'The server announces a port of its own. Portcullis opens a pinhole for this one client, ' +
        'and tells the client that port instead.',
      async perform(client) {
        const { announced, bytes } = await client.receive('LIST', 'PASV')
        const names = Buffer.from(bytes).toString('utf8').split('\r\n').slice(0, -1)
        if (names.length !== root.entries.length) throw new UnexpectedReply('a listing cut short')
        return `${names.length} entries through port ${announced.port}`
      },
    },
    {
      title: 'Extended passive mode: a larger file',
      explanation:
        'EPSV (RFC 2428) names a port and no address. Each transfer has its own pinhole.',
      perform: async (client) => {
        await client.expect('TYPE I', 200)
        return compare(root, LARGE_FILE, await client.receive(`RETR ${LARGE_FILE}`, 'EPSV'))
      },
    },
    {
      title: 'Active mode: the server connects',
      explanation:
        'Now the client announces a port. The server is told one of Portcullis instead: it ' +
        'connects there, and never to the client.',
      perform: async (client) =>
        compare(root, SMALL_FILE, await client.receive(`RETR ${SMALL_FILE}`, 'PORT')),
    },
    {
      title: 'A bounce attempt',
      explanation:
        'The client announces the address of somebody else, to make the server knock there ' +
        '(RFC 2577). The command never reaches the server, and nothing is opened.',
      async perform(client) {
        const reply = await client.command(`PORT ${THIRD_PARTY}`)
        if (reply.code < 500) throw new UnexpectedReply(`a bounce was accepted: ${reply.lines[0]}`)
        await client.expect('NOOP', 200)
        return `refused with ${reply.code}, and the session goes on`
      },
    },
    {
      title: 'The client leaves',
      explanation: 'The record of the session says what went each way.',
      async perform(client) {
        await client.expect('QUIT', 221)
        return 'said goodbye'
      },
    },
  ]
}

function compare(root: DirectoryEntry, path: string, { announced, bytes }: Transfer): string {
  const sent = findEntry(root, path)
  if (sent?.type !== 'file' || !Buffer.from(bytes).equals(sent.bytes))
    throw new UnexpectedReply(`${path} did not arrive as it was sent`)
  return `${bytesText(bytes.length)} through port ${announced.port}, exactly as they were sent`
}
