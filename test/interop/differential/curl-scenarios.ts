/**
 * Scenarios of curl's own FTP tests, told again in the words of the scripted server's switches.
 * `id` is the number of the test in curl's tests/data whose situation it is, with a letter where it is
 * a situation next to it.
 */
import type { Reason } from '../../../src/engine/session/reason.ts'
import type { Answer, ScriptedSession } from '../../kernel/support/scripted-server.ts'
import type { Switches } from '../../support/peers/scripted/switches.ts'

export interface CurlScenario {
  readonly id: string
  readonly title: string
  /** After the common arguments, and before the URL. */
  readonly args: readonly string[]
  /** Of the URL, after the server. */
  readonly path: string
  readonly switches: Switches
  /** Why the proxy does something else than the server; absent: curl must not notice the proxy. */
  readonly intervention?: Intervention
}

export interface Intervention {
  /** The exit code of curl. */
  readonly direct: number
  /** The same; several where it is up to how TCP cuts what curl reads. */
  readonly proxied: readonly number[]
  /** What the packet log says. */
  readonly reason: Reason
}

/** curl announces the address that it connects from. */
const ACTIVE = ['--ftp-port', '-']
const PORT = [...ACTIVE, '--disable-eprt']
const PASV = ['--disable-epsv']
/** Where nothing ever comes: curl gives up. */
const BRIEF = ['--max-time', '2']

/** Replies as long as those that once made clients grow without end. */
const HUGE = 'x'.repeat(20_000)

/** The listener of a PASV after it replaces this one, which nobody ever uses. */
function nobodyListens(_: string, session: ScriptedSession): Answer {
  const at = session.listen()
  session.stopListening()
  return `229 Entering Passive Mode (|||${at}|)\r\n`
}

function said(
  id: string,
  title: string,
  rest: Partial<Omit<CurlScenario, 'id' | 'title'>>,
): CurlScenario {
  return { id, title, args: [], path: 'a/file.txt', switches: {}, ...rest }
}

export const CURL_SCENARIOS: readonly CurlScenario[] = [
  said('100', 'listing, passive', { path: '' }),
  said('101', 'listing, PORT', { args: PORT, path: '' }),
  said('102', 'download, PASV', { args: PASV }),
  said('103', 'download, PORT', { args: PORT }),
  said('104', 'only the size, no transfer', { args: ['--head'] }),
  said('106', 'a path with two slashes and spaces', { path: '/path/with%20spaces/and%20things' }),
  said('107', 'upload, EPSV', { args: ['--upload-file', 'upload'], path: 'new' }),
  said('108', 'upload, PORT', { args: [...PORT, '--upload-file', 'upload'], path: 'a/new' }),
  said('109', 'append', { args: ['--append', '--upload-file', 'upload'], path: 'a/new' }),
  said('110', 'resumed download', { args: ['--continue-at', '20'] }),
  said('111', 'resumed beyond the end', { args: ['--continue-at', '2000'] }),
  said('112', 'resumed upload', { args: ['--continue-at', '4', '--upload-file', 'upload'] }),
  said('115', 'EPSV and PASV refused', {
    switches: { reply: { EPSV: '500 no such command\r\n', PASV: '314 bluah you f00l!\r\n' } },
  }),
  said('116', 'EPRT refused, PORT answered 314', {
    args: ACTIVE,
    switches: {
      reply: { EPRT: '500 we do not like EPRT now\r\n', PORT: '314 bluah you f00l!\r\n' },
    },
  }),
  said('119', 'PORT, then an odd code for RETR', {
    args: PORT,
    switches: { reply: { RETR: '314 this is not a transfer\r\n' } },
  }),
  said('124', 'nothing to download: 550', {
    switches: { reply: { RETR: '550 the file is not there\r\n' } },
  }),
  said('125', 'CWD refused', { switches: { reply: { CWD: '314 bluah you f00l!\r\n' } } }),
  said('126', 'download after CWD with a multi-line reply', {
    switches: {
      reply: { CWD: '250-Welcome\r\n 250 is not the end\r\n250 CWD command successful.\r\n' },
    },
  }),
  said('127', '--disable-epsv', { args: PASV }),
  said('136', 'user without a password', { args: ['--user', 'user:'] }),
  said('144', 'NLST, PORT, odd code', {
    args: [...PORT, '--list-only'],
    path: '',
    switches: { reply: { NLST: '124 No files found\r\n' } },
  }),
  said('145', 'NLST, PORT, 450', {
    args: [...PORT, '--list-only'],
    path: '',
    switches: { reply: { NLST: '450 No files found\r\n' } },
  }),
  said('161', 'the transfer ends with an error', {
    switches: { slowdownData: true, transferEnds: '550 half of it is lost\r\n' },
  }),
  said('211', 'EPSV refused, PASV', { switches: { reply: { EPSV: '500 no EPSV\r\n' } } }),
  said('212', 'EPRT refused, PORT', {
    args: ACTIVE,
    switches: { reply: { EPRT: '500 no EPRT\r\n' } },
  }),
  said('225', 'a line feed in the path', { path: 'a/%0a/file' }),
  said('226', 'a carriage return in the path', { path: 'a/%0d/file' }),
  said('340', 'CR LF in the path', { path: 'a%0d%0aDELE%20b/file' }),
  said('237', 'a host with numbers above 255 in the 227', {
    args: PASV,
    switches: { reply: { PASV: '227 Entering Passiv Mode (1216,256,2,127,127,127)\r\n' } },
    intervention: { direct: 14, proxied: [13], reason: 'pasv.malformed' },
  }),
  said('238', 'a port above 65535 in the 229, then no PASV', {
    switches: {
      reply: {
        EPSV: '229 Entering Passiv Mode (|||1000000|)\r\n',
        PASV: '500 no PASV\r\n',
      },
    },
    intervention: { direct: 13, proxied: [13], reason: 'pasv.malformed' },
  }),
  said('250', 'replies a few bytes at a time, listing, PASV', {
    args: PASV,
    path: '',
    switches: { slowdown: true },
  }),
  said('251', 'replies a few bytes at a time, listing, PORT', {
    args: PORT,
    path: '',
    switches: { slowdown: true },
  }),
  said('254', 'EPSV and EPRT off, PASV a few bytes at a time with its data', {
    args: PASV,
    switches: { slowdown: true, slowdownData: true },
  }),
  said('261', '226 to TYPE', {
    switches: { reply: { TYPE: '226 Kind of on the positive side\r\n' } },
  }),
  said('270', 'the 227 names a stranger, whom curl ignores', {
    args: [...PASV, '--ftp-skip-pasv-ip'],
    switches: { pasvAddress: '1.2.3.4' },
    intervention: { direct: 0, proxied: [13], reason: 'pasv.foreign-address' },
  }),
  said('362', 'no directory that could be made', {
    args: ['--ftp-create-dirs'],
    path: 'a/b/file',
    switches: { reply: { CWD: '550 no\r\n', MKD: '550 no\r\n' } },
  }),
  said('403', 'encryption is wished, and refused', {
    args: ['--ssl'],
    switches: { reply: { AUTH: '500 unknown command\r\n' } },
  }),
  said('405', 'encryption is required, and refused', {
    args: ['--ssl-reqd'],
    switches: { reply: { AUTH: '500 unknown command\r\n' } },
  }),
  said('525', 'two downloads, PORT each', { args: [...PORT, '--output', '-', '{url}two/file'] }),
  said('529', 'two uploads, PORT each', {
    args: [...PORT, '--upload-file', 'upload', '{url}one/new', '--upload-file', 'upload'],
    path: 'two/new',
  }),
  said('591', 'PORT, no data connection, 425', {
    args: PORT,
    switches: { noDataConnection: 425 },
  }),
  said('592', 'PORT, no data connection, 421', {
    args: PORT,
    switches: { noDataConnection: 421 },
  }),
  said('593', 'PORT, no data connection, nothing more is said', {
    args: [...PORT, ...BRIEF],
    switches: { noDataConnection: 'only 150' },
  }),
  said('594', 'PORT, not even a 150', {
    args: [...PORT, ...BRIEF],
    switches: { noDataConnection: 'nothing' },
  }),
  said('983', 'a reply in one segment with that to AUTH', {
    args: ['--ssl-reqd'],
    switches: { reply: { AUTH: '500 unknown command\r\n500 unknown command\r\n' } },
    intervention: { direct: 8, proxied: [8, 28], reason: 'reply.unsolicited' },
  }),
  said('983b', 'a reply in one segment with the 234 to AUTH', {
    args: ['--ssl-reqd'],
    switches: { reply: { AUTH: '234 go on\r\n230 you are in\r\n' } },
    intervention: { direct: 8, proxied: [35], reason: 'auth.reply-pipelined' },
  }),
  said('986', 'logged in before USER, and encryption is required', {
    args: ['--ssl-reqd'],
    switches: { greeting: '230 Welcome\r\n', reply: { AUTH: '500 unknown command\r\n' } },
    intervention: { direct: 64, proxied: [28], reason: 'reply.greeting' },
  }),
  said('1003', 'a 20,000 byte line as the reply to CWD', {
    switches: { reply: { CWD: `250 ${HUGE}\r\n` } },
    intervention: { direct: 0, proxied: [28], reason: 'reply.too-long' },
  }),
  said('1005', 'a 20,000 byte line in a multi-line reply to CWD', {
    switches: { reply: { CWD: `250-${HUGE}\r\n250 CWD command successful.\r\n` } },
    intervention: { direct: 0, proxied: [28], reason: 'reply.too-long' },
  }),
  said('1006', 'a multi-line reply of 60,000 bytes in lines of 600', {
    switches: {
      reply: { CWD: `${`250-${'x'.repeat(594)}\r\n`.repeat(100)}250 CWD command successful.\r\n` },
    },
  }),
  said('1062', 'a greeting of 300 lines', {
    switches: { greeting: `${'220-Welcome to this server\r\n'.repeat(300)}220 welcome\r\n` },
  }),
  said('1057', 'a range out of the middle', { args: ['--range', '4-16'] }),
  said('1096', 'a file whose size the server does not say', {
    switches: { retrieve: 'no size', reply: { SIZE: '500 no SIZE\r\n' } },
  }),
  said('1107', 'PRET', {
    args: ['--ftp-pret'],
    path: '',
    switches: { reply: { PRET: '200 PRET command successful.\r\n' } },
    intervention: { direct: 0, proxied: [84], reason: 'cmd.denied' },
  }),
  said('1108', 'PRET refused', {
    args: ['--ftp-pret'],
    path: '',
    switches: { reply: { PRET: '550 unkown command\r\n' } },
    intervention: { direct: 84, proxied: [84], reason: 'cmd.denied' },
  }),
  said('1120', '421 to PASV, and the end', {
    args: PASV,
    switches: {
      reply: {
        PASV: { pieces: ['421 Timeout! Service not available\r\n'], pauseMs: 0, hangsUp: true },
      },
    },
  }),
  said('1149', 'the end of the transfer is said with its beginning', {
    switches: { retrieve: 'weird' },
  }),
  said('1206', 'PORT, 425 to LIST', {
    args: PORT,
    path: '',
    switches: { reply: { LIST: '425 no\r\n' } },
  }),
  said('1207', 'PORT, 150 and then 421 to LIST', {
    args: PORT,
    path: '',
    switches: { noDataConnection: 421 },
  }),
  said('1208', 'PORT, 452 when the transfer should end', {
    args: PORT,
    switches: { slowdownData: true, transferEnds: '452 not today\r\n' },
  }),
  said('1152', 'PWD without quotes', { switches: { reply: { PWD: '257 just a string\r\n' } } }),
  said('1153', 'PWD with quotes inside quotes', {
    switches: { reply: { PWD: '257 "/""x"" y" is it\r\n' } },
  }),
  said('1217', 'two directories, PWD answered with an error', {
    switches: { reply: { PWD: '500 no PWD\r\n' } },
  }),
  said('1219', 'USER needs no password', {
    switches: { reply: { USER: '230 no need for one\r\n' } },
  }),
  said('1233', 'nobody listens at the port of the 229, PASV works', {
    switches: { reply: { EPSV: nobodyListens } },
    // The relay has accepted when it learns that the server does not: too late for PASV, unless its
    // RST is there before curl looks.
    intervention: { direct: 0, proxied: [0, 19], reason: 'data.unreachable' },
  }),
  said('1282', 'PASS answered 633', { switches: { reply: { PASS: '633 XXX\r\n' } } }),
  said('1414', 'EPRT and SIZE are not known', {
    args: ACTIVE,
    switches: { reply: { EPRT: '500 no\r\n', SIZE: '500 no\r\n' } },
  }),
  said('1547', 'EPSV is not asked for where PORT was and PASV is', {
    args: ['--ftp-port', '-', '--ftp-pasv'],
  }),
  said('2108', 'NUL bytes in the reply to PWD', {
    switches: { reply: { PWD: '257 "/\0\0" is the directory\r\n' } },
    intervention: { direct: 0, proxied: [28], reason: 'reply.malformed' },
  }),
  said('1120b', 'the greeting is 421', {
    switches: { greeting: { pieces: ['421 too many users\r\n'], pauseMs: 0, hangsUp: true } },
  }),
  said('1282b', 'the password is wrong', { switches: { reply: { PASS: '530 no\r\n' } } }),
]
