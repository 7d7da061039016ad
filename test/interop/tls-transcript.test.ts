import { expect, test } from 'vitest'
import { securityProblem } from './tls-transcript.ts'

const CURL = `> AUTH SSL
< 234 AUTH SSL successful
> PROT P
{ [5 bytes data]
< 200 Protection set to Private
> CCC
{ [5 bytes data]
< 200 Clearing control channel protection
`
const LFTP = `---> AUTH TLS
<--- 234 AUTH TLS successful
---> PROT P
<--- 200 Protection set to Private
---> CCC
<--- 200 Clearing control channel protection
`
const FTPLIB = `*cmd* 'AUTH TLS'
*resp* '234 AUTH TLS successful'
*cmd* 'PROT P'
*resp* '200 Protection set to Private'
*cmd* 'CCC'
*resp* '200 Clearing control channel protection'
`

test.each([
  ['curl', CURL],
  ['lftp', LFTP],
  ['ftplib', FTPLIB],
])('a session with CCC is recognised as %s logs it', (_client, text) => {
  expect(securityProblem(text, { security: 'ccc', protection: 'P' })).toBeUndefined()
})

test('a session without CCC is another one', () => {
  const text = '> AUTH TLS\n> PROT P\n'
  expect(securityProblem(text, { security: 'explicit', protection: 'P' })).toBeUndefined()
  expect(securityProblem(text, { security: 'ccc', protection: 'P' })).toBe(
    'the client did not send CCC',
  )
  expect(securityProblem(text, { security: 'implicit', protection: 'P' })).toBe(
    'the client sent AUTH',
  )
  expect(securityProblem(text, { security: 'explicit', protection: 'C' })).toBe(
    'the client sent PROT P',
  )
})

test('PROT C need not be sent', () => {
  expect(securityProblem('> AUTH TLS\n', { security: 'explicit', protection: 'C' })).toBeUndefined()
})

test('a CCC that was refused is a problem', () => {
  const text = LFTP.replace('200 Clearing', '534 No clearing')
  expect(securityProblem(text, { security: 'ccc', protection: 'P' })).toBe(
    'CCC was answered by a 5xx reply',
  )
})
