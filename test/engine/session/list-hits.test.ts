import { describe, expect, test } from 'vitest'
import { lexCommand } from '../../../src/engine/ftp/command.ts'
import { listHits } from '../../../src/engine/session/list-hits.ts'
import { latin1 } from '../../support/bytes.ts'
import { profileWith } from './checks.ts'

function hits(checks: object, line: string): string {
  const lexed = lexCommand(latin1(line))
  if (lexed.type !== 'command') throw new Error(line)
  return listHits(profileWith(checks).checks.lists, lexed.command)
    .map(({ reason, action, detail }) => `${action} ${reason} ${detail}`)
    .join('; ')
}

describe('file names', () => {
  const denied = { 'file-names': [{ match: ['*.key', '/etc/*'], action: 'deny' }] }

  test.each(['RETR', 'STOR', 'STOU', 'APPE', 'DELE', 'RNFR', 'RNTO'])('%s is looked at', (verb) => {
    expect(hits(denied, `${verb} a.key`)).toBe('deny file.name *.key')
  })

  test.each(['LIST a.key', 'CWD /etc/x', 'SITE a.key', 'RETR', 'RETR a.keys', 'RETR etc/passwd'])(
    '%s is not, or does not match',
    (line) => {
      expect(hits(denied, line)).toBe('')
    },
  )

  test.each([
    ['RETR /home/u/A.KEY', '*.key'],
    ['RETR c:\\u\\a.key', '*.key'],
    ['RETR   a.key', '*.key'],
    ['RETR a.key. .', '*.key'],
    ['RETR /etc/passwd', '/etc/*'],
    ['RETR  /ETC/ssl/private', '/etc/*'],
  ])('%s matches %s', (line, pattern) => {
    expect(hits(denied, line)).toBe(`deny file.name ${pattern}`)
  })

  test('a pattern without a slash is about the last part', () => {
    const one = { 'file-names': [{ match: ['secret'], action: 'log' }] }
    expect(hits(one, 'RETR secret/readme')).toBe('')
    expect(hits(one, 'RETR a/secret')).toBe('log file.name secret')
  })

  test('the first entry that matches decides, off too', () => {
    const two = {
      'file-names': [
        { match: ['public.key'], action: 'off' },
        { match: ['*.key'], action: 'reset' },
      ],
    }
    expect(hits(two, 'RETR public.key')).toBe('')
    expect(hits(two, 'RETR private.key')).toBe('reset file.name *.key')
  })
})

test.each([
  ['RETR a.exe', 'deny file.type exe'],
  ['STOR a.txt.EXE', 'deny file.type exe'],
  ['STOR a.vbs', 'deny file.type vb?'],
  ['STOR a.exe.txt', ''],
  ['STOR exe', ''],
  ['STOR dir.exe/file', ''],
  ['STOR a.exe...', 'deny file.type exe'],
])('file types: %s', (line, found) => {
  expect(hits({ 'file-types': [{ match: ['exe', 'vb?'], action: 'deny' }] }, line)).toBe(found)
})

test.each([
  ['USER root', 'deny user.name root'],
  ['USER  ROOT', 'deny user.name root'],
  ['USER admin2', 'deny user.name admin*'],
  ['USER groot', ''],
  ['USER', ''],
  ['ACCT root', ''],
])('users: %s', (line, found) => {
  expect(hits({ users: [{ match: ['root', 'admin*'], action: 'deny' }] }, line)).toBe(found)
})

test('a file and its type may both be found', () => {
  const both = {
    'file-names': [{ match: ['a*'], action: 'log' }],
    'file-types': [{ match: ['b'], action: 'deny' }],
  }
  expect(hits(both, 'RETR a.b')).toBe('log file.name a*; deny file.type b')
})
