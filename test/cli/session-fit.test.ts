import pino from 'pino'
import { expect, test } from 'vitest'
import { fitSessions } from '../../src/cli/session-fit.ts'
import { frontDoor } from '../../src/engine/rules/built-in.ts'
import type { Ruleset } from '../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../src/net/endpoint.ts'
import { ip } from '../../src/net/ip.ts'
import { port } from '../../src/net/port.ts'
import type { Descriptors } from '../../src/shell/descriptors.ts'

const DOOR = frontDoor({
  listen: endpoint(ip('127.0.0.1'), port(2121)),
  server: endpoint(ip('192.0.2.7'), port(21)),
})

interface Fitted {
  readonly sessions: number
  readonly said: readonly { readonly level: number; readonly msg: string }[]
}

function fit(sessions: number, descriptors: Descriptors | undefined): Fitted {
  const lines: string[] = []
  const logger = pino({ base: null, timestamp: false }, { write: (line) => lines.push(line) })
  const asked: Ruleset = { ...DOOR, limits: { ...DOOR.limits, sessions } }
  const fitted = fitSessions(asked, descriptors, logger)
  return {
    sessions: fitted.limits.sessions,
    said: lines.map((line) => JSON.parse(line) as { level: number; msg: string }),
  }
}

test('R2 what fits is left as it is', () => {
  expect(fit(100, { limit: 1_024, open: 20 })).toEqual({ sessions: 100, said: [] })
  expect(fit(10_000, undefined)).toEqual({ sessions: 10_000, said: [] })
})

test('R2 what does not is lowered, which is a line', () => {
  // 1024 less 256 in reserve, 12 that stand, 1 listener and 20 that are open, in fives.
  expect(fit(500, { limit: 1_024, open: 20 })).toEqual({
    sessions: 147,
    said: [
      {
        level: 40,
        msg:
          'at most 147 sessions at a time and not 500: no more fit into the limit of 1024 open ' +
          'files (ulimit -n raises it, or LimitNOFILE= of a service)',
      },
    ],
  })
})

test('who asked for no number is not warned', () => {
  expect(fit(DOOR.limits.sessions, { limit: 1_024, open: 20 })).toMatchObject({
    sessions: 147,
    said: [{ level: 30 }],
  })
})

test('R2 where not one fits, it does not start', () => {
  expect(() => fit(1, { limit: 40, open: 20 })).toThrow(
    'the limit of 40 open files leaves none for a session: ulimit -n raises it',
  )
})
