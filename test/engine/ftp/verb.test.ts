import { describe, expect, test } from 'vitest'
import {
  FOREIGN_VERBS,
  HTTP_VERBS,
  isKnownVerb,
  isVerb,
  verbTraits,
} from '../../../src/engine/ftp/verb.ts'

describe('verbs', () => {
  test.each(['USER', 'CWD', 'XYZW', 'P@SW', 'MD5', 'XMD5', 'XSHA256'])('%s is a verb', (verb) => {
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
      expect(verbTraits(name)).toEqual({})
    },
  )
})

describe('traits', () => {
  test.each(['PASS', 'ACCT', 'ADAT', 'MIC', 'CONF', 'ENC'])('%s holds a secret', (verb) => {
    expect(verbTraits(verb).isSecret).toBe(true)
  })

  test.each(['PORT', 'EPRT', 'PASV', 'EPSV', 'USER', 'PASS', 'ACCT', 'REIN'])(
    '%s is sent alone',
    (verb) => {
      expect(verbTraits(verb).isExclusive).toBe(true)
    },
  )

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
    expect(verbTraits(verb).isRefused).toBe(true)
  })

  test('a verb nobody knows has none', () => {
    expect(verbTraits('XYZW')).toEqual({})
    expect(isKnownVerb('XYZW')).toBe(false)
  })
})

test('no verb of another protocol is one of FTP', () => {
  for (const verb of [...HTTP_VERBS, ...FOREIGN_VERBS]) expect(isKnownVerb(verb)).toBe(false)
})
