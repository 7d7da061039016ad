import { once } from '../usage-error.ts'

/** One of its own: commands below this one do not inherit it. */
const OWN = { requiresArg: true, group: 'Which records:', global: false } as const

/** Given more than once it is a list; yargs' own lists would swallow the names of the logs. */
const TEXTS = {
  ...OWN,
  type: 'string',
  coerce: (value: string | readonly string[]): readonly string[] =>
    typeof value === 'string' ? [value] : value,
} as const

interface Own {
  readonly describe: string
  readonly group: string
  readonly global: false
}

interface OneText extends Own {
  readonly type: 'string'
  readonly requiresArg: true
  readonly coerce: (value: string) => string
}

interface Texts extends Own {
  readonly type: 'string'
  readonly requiresArg: true
  readonly coerce: (value: string | readonly string[]) => readonly string[]
}

interface Flag extends Own {
  readonly type: 'boolean'
  readonly conflicts?: string
}

type OptionTable = Readonly<
  Record<'since' | 'until' | 'min-bytes', OneText> &
    Record<
      'session' | 'client' | 'server' | 'user' | 'verb' | 'path' | 'verdict' | 'reason' | 'rule',
      Texts
    > &
    Record<'opaque' | 'clear', Flag>
>

/** Options of all commands that select records. */
export const FILTER_OPTIONS: OptionTable = {
  since: {
    ...OWN,
    type: 'string',
    coerce: once('since'),
    describe: 'Not before: 2026-11-21T07:00, or 90s, 30m, 2h, 7d ago',
  },
  until: {
    ...OWN,
    type: 'string',
    coerce: once('until'),
    describe: 'Before; without a zone, times are UTC',
  },
  session: { ...TEXTS, describe: 'Of this session' },
  client: { ...TEXTS, describe: 'Of this client, address or block: 192.0.2.10, 10.0.0.0/8' },
  server: { ...TEXTS, describe: 'Of this server, address or block' },
  user: { ...TEXTS, describe: 'While this user is logged in, as far as that can be read' },
  verb: { ...TEXTS, describe: 'About this command: RETR,STOR' },
  path: { ...TEXTS, describe: "About a path: '*.zip', '/pub/**' (* stops at /, ** does not)" },
  verdict: { ...TEXTS, describe: 'With this verdict; refused is every one but permit and note' },
  reason: { ...TEXTS, describe: "With this reason: rule.none, 'tls.*'" },
  rule: { ...TEXTS, describe: 'That this rule decided' },
  opaque: {
    type: 'boolean',
    conflicts: 'clear',
    describe: 'While the control connection cannot be read',
    group: 'Which records:',
    global: false,
  },
  clear: {
    type: 'boolean',
    describe: 'While it can be read',
    group: 'Which records:',
    global: false,
  },
  'min-bytes': {
    ...OWN,
    type: 'string',
    coerce: once('min-bytes'),
    describe: 'Transfers and sessions of at least so many bytes: 500k, 1.5G',
  },
}

export const LOGS_IN_ORDER = {
  'in-order': {
    type: 'boolean',
    default: false,
    describe: 'Read the logs as they are given, not by the times of their records',
    global: false,
  },
} as const
