/**
 * A small model of a session beside the session: after every act it says exactly what was sent on,
 * whether a pinhole is open, and whether the session lives. It knows one command at a time; what
 * overlaps is in `model.test.ts` and `model-races.test.ts`.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Conversation, HOSTS } from '../../support/conversation.ts'

interface Model {
  isLoggedIn: boolean
  tls: 'none' | 'agreed'
  isEpsvAll: boolean
  /** What the server was sent and has not answered. */
  fifo: string[]
  expectation: 'passive' | 'active' | undefined
  /** Verbs that were sent on. */
  sent: string[]
  foreign: number
  isOver: boolean
}

/** What an act needs, and what it is to change; the same assertions follow every one. */
class Act implements fc.Command<Model, Conversation> {
  readonly #name: string
  readonly #check: (model: Model) => boolean
  readonly #run: (model: Model, talk: Conversation) => void

  constructor(
    name: string,
    check: (model: Model) => boolean,
    run: (model: Model, talk: Conversation) => void,
  ) {
    this.#name = name
    this.#check = check
    this.#run = run
  }

  check(model: Readonly<Model>): boolean {
    return !model.isOver && this.#check(model)
  }

  run(model: Model, talk: Conversation): void {
    this.#run(model, talk)
    const verbs = talk.sentTo('server').split('\r\n').slice(0, -1)
    expect(verbs.map((line) => line.replace(/^(PORT) .*/, '$1'))).toEqual(model.sent)
    expect(talk.listening.length).toBe(model.expectation === undefined ? 0 : 1)
    expect(talk.isClosed).toBe(model.isOver)
  }

  toString(): string {
    return this.#name
  }
}

function isFree({ fifo, tls }: Model): boolean {
  return fifo.length === 0 && tls === 'none'
}

function send(model: Model, line: string): void {
  model.sent.push(line)
  model.fifo.push(line)
}

function says(line: string, run: (model: Model) => void): Act {
  return new Act(`client ${line}`, isFree, (model, talk) => {
    run(model)
    talk.client(`${line}\r\n`)
  })
}

/** Whatever comes of it, what was set up before is over. */
function setsUp(line: string, mode: 'passive' | 'active'): Act {
  return says(line, (model) => {
    model.expectation = undefined
    if (!model.isLoggedIn || (model.isEpsvAll && !line.startsWith('EPSV'))) return
    if (mode === 'active') model.expectation = 'active'
    send(model, line.replace(/^(PORT) .*/, '$1'))
  })
}

const REPLIES: Readonly<Record<string, string>> = {
  'USER u': '331 p',
  'PASS p': '230 in',
  PASV: '227 ok (10,0,0,20,156,64)',
  EPSV: '229 ok (|||40001|)',
  'AUTH TLS': '234 go',
}

const ACTS: readonly Act[] = [
  says('USER u', (model) => {
    Object.assign(model, { isLoggedIn: false, expectation: undefined })
    send(model, 'USER u')
  }),
  says('PASS p', (model) => send(model, 'PASS p')),
  says('NOOP', (model) => send(model, 'NOOP')),
  says('P@SW', () => undefined),
  setsUp('PASV', 'passive'),
  setsUp('EPSV', 'passive'),
  setsUp('EPSV ALL', 'passive'),
  setsUp('PORT 198,51,100,10,200,21', 'active'),

  new Act(
    'client PORT of another',
    (model) => isFree(model) && model.foreign < 2,
    (model, talk) => {
      model.expectation = undefined
      if (model.isLoggedIn && !model.isEpsvAll) model.foreign += 1
      talk.client('PORT 10,0,0,66,200,21\r\n')
    },
  ),

  new Act(
    'server agrees',
    ({ fifo }) => fifo.length > 0,
    (model, talk) => {
      const command = model.fifo.shift() ?? ''
      if (command === 'PASS p') model.isLoggedIn = true
      if (command === 'EPSV ALL') model.isEpsvAll = true
      if (command === 'PASV' || command === 'EPSV') model.expectation = 'passive'
      if (command === 'AUTH TLS') model.tls = 'agreed'
      talk.server(`${REPLIES[command] ?? '200 ok'}\r\n`)
    },
  ),

  new Act(
    'server refuses',
    ({ fifo }) => fifo.length > 0,
    (model, talk) => {
      const command = model.fifo.shift() ?? ''
      if (/^(?:PASV|EPSV|PORT)/.test(command)) model.expectation = undefined
      talk.server('500 no\r\n')
    },
  ),

  new Act(
    'server says more than it was asked',
    ({ fifo, tls }) => fifo.length === 0 && tls === 'none',
    (model, talk) => {
      Object.assign(model, { isOver: true, expectation: undefined })
      talk.server('227 ok (10,0,0,20,156,64)\r\n')
    },
  ),

  new Act(
    'the one who is expected comes, and a file goes',
    (model) => isFree(model) && model.expectation !== undefined,
    (model, talk) => {
      const peer = model.expectation === 'passive' ? `${HOSTS.C}:40100` : `${HOSTS.S}:20`
      expect(talk.connectData(peer)).toBe('accepted')
      model.expectation = undefined
      model.sent.push('RETR f')
      talk.client('RETR f\r\n').server('150 go\r\n').endData(3, 0).server('226 done\r\n')
    },
  ),

  new Act(
    'a stranger comes',
    ({ expectation }) => expectation !== undefined,
    (_, talk) => {
      expect(talk.connectData(`${HOSTS.X}:40100`)).toBe('dropped')
    },
  ),

  new Act(
    'the time of a pinhole passes',
    (model) => model.isLoggedIn && isFree(model),
    (model, talk) => {
      model.expectation = undefined
      talk.advance(31_000)
    },
  ),

  new Act(
    'client AUTH TLS',
    (model) => isFree(model) && model.expectation === undefined,
    (model, talk) => {
      send(model, 'AUTH TLS')
      talk.client('AUTH TLS\r\n')
    },
  ),

  new Act(
    'client says PASV where TLS was agreed on',
    ({ tls }) => tls === 'agreed',
    (model, talk) => {
      model.isOver = true
      talk.client('PASV\r\n')
    },
  ),
]

test('the session does what the model says', () => {
  const commands = fc.commands(
    ACTS.map((act) => fc.constant(act)),
    { maxCommands: 60, size: 'max' },
  )
  const property = fc.property(fc.boolean(), commands, (isLoggedIn, acts) => {
    fc.modelRun(() => {
      const real = new Conversation()
      if (isLoggedIn) real.login()
      else real.server('220 x\r\n')
      const sent = isLoggedIn ? ['USER u', 'PASS p'] : []
      const model: Model = {
        isLoggedIn,
        tls: 'none',
        isEpsvAll: false,
        fifo: [],
        expectation: undefined,
        sent,
        foreign: 0,
        isOver: false,
      }
      return { model, real }
    }, acts)
  })
  fc.assert(property, { numRuns: 700 })
}, 120_000)
