import { expect, test } from 'vitest'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import type { RunningServer } from '../support/peers/server.ts'
import { announcementProblem, leakProblem, saysAbort } from './transcript.ts'

const stop = (): Promise<void> => Promise.resolve()
const FRONT = { endpoint: endpoint(ip('127.0.0.3'), port(2121)), source: undefined, stop }
const SERVER: RunningServer = {
  name: 'vsftpd',
  endpoint: endpoint(ip('127.0.0.2'), port(21)),
  user: 'anonymous',
  password: '',
  passivePorts: { first: port(61_000), last: port(61_099) },
  root: '/',
  stop,
}

test.each([
  ['curl and basic-ftp', '> EPSV\n'],
  ['lftp, tnftp and inetutils-ftp', '---> EPSV\n'],
  ['ftplib', "*cmd* 'EPSV'\n"],
])('an announcement is recognised as %s log it', (_client, text) => {
  expect(announcementProblem(text, 'EPSV')).toBeUndefined()
})

test('an announcement by another command is a problem, and so is none', () => {
  expect(announcementProblem('> EPSV\n> PASV\n', 'PASV')).toBe(
    'announced by EPSV and PASV instead of PASV',
  )
  expect(announcementProblem('<--- 211- EPSV\n', 'EPSV')).toBe(
    'announced by nothing instead of EPSV',
  )
})

test('a 227 that names the server is a leak', () => {
  const told = '227 Entering Passive Mode (127,0,0,2,195,80).'
  expect(leakProblem(told, FRONT, SERVER)).toContain('the proxy is at 127.0.0.3')
})

test("a passive port out of the server's own range is a leak", () => {
  expect(leakProblem('229 Entering (|||61050|)', FRONT, SERVER)).toContain("server's own")
  expect(leakProblem('227 Entering (127,0,0,3,238,122)', FRONT, SERVER)).toContain("server's own")
})

test("the proxy's own address and port are no leak", () => {
  const told = '227 Entering Passive Mode (127,0,0,3,195,80).\n229 Entering (|||50001|)\n'
  expect(leakProblem(told, FRONT, SERVER)).toBeUndefined()
})

test('an abort shows as the command or in words', () => {
  expect(saysAbort('---> ABOR\n')).toBe(true)
  expect(saysAbort('receive aborted\nwaiting for remote to finish abort\n')).toBe(true)
  expect(saysAbort('---> RETR\n226 Transfer complete.\n')).toBe(false)
})
