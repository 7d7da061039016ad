import { describe, expect, test } from 'vitest'
import {
  FOREIGN_VERBS,
  HTTP_VERBS,
  isKnownVerb,
  isVerb,
  needsArgument,
  type VerbTraits,
  verbTraits,
} from '../../../src/engine/ftp/verb.ts'

const ODD = 'P@SW MD5 MMD5 XMD5 XSHA1 XSHA256 XSHA384 XSHA512'

describe('verbs', () => {
  test.each(['USER', 'CWD', 'XYZW', ...ODD.split(' ')])('%s is a verb', (verb) => {
    expect(isVerb(verb)).toBe(true)
  })

  test.each(['', 'A', 'AB', 'ABCDE', 'user', 'HOST:', 'P"A"', 'PASVX', 'U5ER', '*4', 'PA\xd5V'])(
    '%j is none',
    (verb) => {
      expect(isVerb(verb)).toBe(false)
    },
  )

  test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'CONSTRUCTOR', 'VALUEOF'])(
    'P31 %s is neither a verb nor has it traits',
    (name) => {
      expect(isVerb(name)).toBe(false)
      expect(isKnownVerb(name)).toBe(false)
      expect(needsArgument(name)).toBe(false)
      expect(verbTraits(name)).toEqual({})
    },
  )

  test('the verbs of the registry are known, and the odd ones', () => {
    const known =
      'ABOR ACCT ADAT ALLO APPE AUTH CCC CDUP CLNT CONF CWD DELE ENC EPRT EPSV FEAT HASH HELP HOST ' +
      'LANG LIST LPRT LPSV MD5 MDTM MFCT MFF MFMT MIC MKD MLSD MLST MODE NLST NOOP OPTS PASS PASV ' +
      'PBSZ PORT PROT PWD QUIT RANG REIN REST RETR RMD RNFR RNTO SITE SIZE SMNT STAT STOR STOU ' +
      `STRU SYST TYPE USER XCRC XCUP XCWD XMD5 XMKD XPWD XRMD XSHA ${ODD}`
    expect(known.split(' ').filter((verb) => !isKnownVerb(verb))).toEqual([])
    expect(['', 'XYZW', 'ABORACCT'].filter(isKnownVerb)).toEqual([])
  })

  test('some mean nothing without an argument', () => {
    const needing =
      'APPE CWD DELE MDTM MKD MODE OPTS PBSZ PROT REST RETR RMD RNFR RNTO SIZE SMNT STOR STRU TYPE ' +
      'USER XCWD XMKD XRMD'
    expect(needing.split(' ').filter((verb) => !needsArgument(verb))).toEqual([])
    const others = ['', 'NOOP', 'LIST', 'NLST', 'STAT', 'STOU', 'PASV', 'PORT', 'AUTH', 'PASS']
    expect(others.filter(needsArgument)).toEqual([])
  })
})

describe('traits', () => {
  const alone: VerbTraits = { isExclusive: true }

  test.each(['PASS', 'ACCT', 'ADAT', 'MIC', 'CONF', 'ENC'])(
    '%s holds a secret, and is sent alone',
    (verb) => {
      expect(verbTraits(verb)).toEqual({ ...alone, isSecret: true })
    },
  )

  test.each(['USER', 'REIN', 'AUTH'])('%s is sent alone', (verb) => {
    expect(verbTraits(verb)).toEqual(alone)
  })

  test.each([
    ['PORT', 'active'],
    ['EPRT', 'active'],
    ['PASV', 'passive'],
    ['EPSV', 'passive'],
  ] as const)('%s sets up a data connection (%s), and is sent alone', (verb, setUp) => {
    expect(verbTraits(verb)).toEqual({ ...alone, setUp })
  })

  test.each([
    ['RETR', 'to-client'],
    ['LIST', 'to-client'],
    ['NLST', 'to-client'],
    ['MLSD', 'to-client'],
    ['STOR', 'to-server'],
    ['STOU', 'to-server'],
    ['APPE', 'to-server'],
  ] as const)('%s uses the data connection, %s', (verb, transfer) => {
    expect(verbTraits(verb)).toEqual({ transfer })
  })

  test.each([
    'LPRT',
    'LPSV',
    'SPSV',
    'CPSV',
    'XPSV',
    'ESTA',
    'ESTP',
    'P@SW',
    'PRET',
    'SSCN',
    'ALGS',
  ])('B18 %s would set up data connections in its own way and is refused', (verb) => {
    expect(verbTraits(verb)).toEqual({ isRefused: true })
  })

  test('a verb nobody knows has none', () => {
    expect(verbTraits('XYZW')).toEqual({})
  })
})

describe('other protocols', () => {
  test('are known by their first word', () => {
    expect([...HTTP_VERBS].join(' ')).toBe(
      'GET POST PUT HEAD OPTIONS DELETE CONNECT TRACE PATCH PRI',
    )
    expect([...FOREIGN_VERBS].join(' ')).toBe(
      'EHLO HELO LHLO MAIL RCPT NICK JOIN REGISTER INVITE SUBSCRIBE DESCRIBE ANNOUNCE',
    )
  })

  test('none of those is one of FTP', () => {
    for (const verb of [...HTTP_VERBS, ...FOREIGN_VERBS]) expect(isKnownVerb(verb)).toBe(false)
  })
})
