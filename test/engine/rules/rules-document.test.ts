/** docs/rules.md is true: its samples load, its problems are what is printed, no key is missing. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { DEFAULTS } from '../../../src/engine/rules/defaults.ts'
import { SWITCHES } from '../../../src/engine/rules/inspection.ts'
import { checksSchema } from '../../../src/engine/rules/inspection-schema.ts'
import { load } from '../../../src/engine/rules/load.ts'
import {
  frameSchema,
  limitsSchema,
  listenerSchema,
  packetLogSchema,
  profileSchema,
  ruleSchema,
  timeoutsSchema,
  tlsPolicySchema,
} from '../../../src/engine/rules/schema.ts'
import { KEY_SEPARATOR } from '../../../src/engine/rules/section.ts'
import { formatPortRange } from '../../../src/net/port.ts'
import { problemsOf } from './loading.ts'

const TEXT = readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8')

const blocks = (language: string): readonly string[] =>
  [...TEXT.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)]
    .filter(([, info]) => info === language)
    .map(([, , content]) => content ?? '')

const withVersion = (sample: string): string =>
  sample.startsWith('version:') ? sample : `version: 1\n${sample}`

test.each(blocks('yaml'))('sample %#', (sample) => {
  const { diagnostics } = load([{ name: 'sample', text: withVersion(sample) }])
  const unexpected = diagnostics.filter(({ message }) => !message.startsWith('no rule permits'))
  expect(unexpected).toEqual([])
})

test('the problems shown are the problems printed', () => {
  const [wrong = ''] = blocks('yaml wrong')
  const [printed = ''] = blocks('text')
  expect(problemsOf(wrong).trim()).toBe(printed.trim())
})

/** A section refuses an unknown key with the list of those it knows. */
function keysOf(schema: z.ZodType): readonly string[] {
  const issue = schema
    .safeParse({ '?': 1 })
    .error?.issues.find(({ code }) => code === 'unrecognized_keys')
  return issue?.message.split(KEY_SEPARATOR) ?? []
}

function headings(level: number, text: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^#{${level}} (.*)$`, 'gm'))].map(([, title]) => title ?? '')
}

function section(title: string): string {
  return new RegExp(`^## ${title}\\n(.*?)(?=^## |$(?![\\s\\S]))`, 'ms').exec(TEXT)?.[1] ?? ''
}

test('every section of a rule file has a section, and no other is described', () => {
  expect(headings(2, TEXT).filter((title) => title !== 'Problems')).toEqual(keysOf(frameSchema))
})

describe('every key has a section with summary, syntax and example', () => {
  test.each([
    ['listeners', listenerSchema],
    ['profiles', profileSchema],
    ['rules', ruleSchema],
    ['timeouts', timeoutsSchema],
    ['limits', limitsSchema],
    ['packet-log', packetLogSchema],
  ] as const)('%s', (title, schema) => {
    const content = section(title)
    expect(headings(3, content)).toEqual(keysOf(schema))
    for (const part of content.split(/^#{3,4} /m)) {
      expect(part).toMatch(/\*\*Summary\.\*\* .*\*\*Syntax\.\*\* .*\*\*Example\.\*\*/s)
    }
  })
})

test('every key of `tls` has a section below it', () => {
  const below =
    section('profiles')
      .split(/^### tls$/m)
      .at(1) ?? ''
  expect(headings(4, below)).toEqual(keysOf(tlsPolicySchema))
})

describe('every check has a section that names its actions and its default', () => {
  const below = /^### checks$(.*?)^### /ms.exec(section('profiles'))?.[1] ?? ''

  test('and none is missing', () => {
    expect(headings(4, below)).toEqual(keysOf(checksSchema))
  })

  test.each(Object.entries(SWITCHES))('%s', (name, actions) => {
    const text = new RegExp(`^#### ${name}$(.*?)(?=^#### )`, 'ms').exec(below)?.[1] ?? ''
    const named = /^\*\*Syntax\.\*\* (.*)$/m.exec(text)?.[1] ?? ''
    expect([...named.matchAll(/`(\w+)`/g)].map(([, action]) => action)).toEqual(actions)
    const { actions: defaults } = DEFAULTS.profile.checks
    expect(text).toMatch(new RegExp(`Default:\\s\`${defaults[name as keyof typeof defaults]}\``))
  })
})

test('the example of every key is accepted where it belongs', () => {
  const inside: Readonly<Record<string, (example: string) => string>> = {
    listeners: (example) => `data-path: kernel\nlisteners: [{ ${completeListener(example)} }]`,
    profiles: (example) =>
      `profiles: { default: { ${completeProfile(example)} } }\nrules: [{ permit: control }]`,
    rules: (example) => `profiles: { partners: {} }\nrules: [{ ${completeRule(example)} }]`,
    timeouts: (example) => `timeouts: { ${example} }`,
    limits: (example) => `limits: { ${example} }`,
    'packet-log': (example) => `packet-log: { ${example} }`,
  }
  for (const [title, place] of Object.entries(inside)) {
    const examples = [...section(title).matchAll(/^\*\*Example\.\*\* `(.*)`$/gm)]
    expect(examples.length).toBeGreaterThan(1)
    for (const [, example = ''] of examples) {
      const text = `version: 1\n${place(example)}`
      expect([text, problemsOf(text)]).toEqual([text, expect.not.stringMatching(' error ')])
    }
  }
})

function completeListener(example: string): string {
  const given = /^(?:intercept|nat)/.test(example)
    ? { name: 'a', listen: '0.0.0.0:21', intercept: 'redirect', server: 'original-destination' }
    : { name: 'a', listen: '10.0.0.1:21', server: '10.0.0.2:21' }
  const rest = Object.entries(given).filter(([key]) => !example.startsWith(`${key}:`))
  return [example, ...rest.map(([key, value]) => `${key}: "${value}"`)].join(', ')
}

/** A key of a section inside the profile stands in that section. */
function completeProfile(example: string): string {
  const [key = ''] = example.split(':')
  if (key === 'deny') return `commands: { ${example} }`
  if (keysOf(checksSchema).includes(key)) return `checks: { ${example} }`
  return keysOf(tlsPolicySchema).includes(key) ? `tls: { ${example} }` : example
}

function completeRule(example: string): string {
  if (/^(?:permit|deny):/.test(example)) return example
  return `permit: ${example.startsWith('from-port') ? 'active-data' : 'control'}, ${example}`
}

test('the defaults told are the defaults', () => {
  const { deniedPorts } = DEFAULTS.profile
  expect(TEXT).toContain(`\`[${deniedPorts.map(formatPortRange).join(', ')}]\``)
  expect(section('passive-ports')).toContain(formatPortRange(DEFAULTS.passivePorts))
  const { tls, mechanisms, ...profile } = DEFAULTS.profile
  const { dataPath, interceptPort, interceptPortImplicit, reservePorts } = DEFAULTS
  expect(section('data-path')).toContain(`Default: \`${dataPath}\``)
  expect(section('reserve-ports')).toContain(`Default: \`${reservePorts}\``)
  expect(section('listeners')).toContain(`Default: \`${interceptPort}\``)
  expect(section('listeners')).toContain(`with \`tls: implicit\`, \`${interceptPortImplicit}\``)
  const more = { tls: DEFAULTS.listenerTls, mechanisms: `[${[...mechanisms].join(', ')}]` }
  const words = Object.entries({ ...profile, ...tls, ...more }).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  expect(words.length).toBeGreaterThan(10)
  for (const [key, value] of words) {
    const pattern = `^#{3,4} ${kebab(key)}\n\n[^#]*Default:\\s\`${value.replaceAll(/[.[\]]/g, '\\$&')}\``
    expect(TEXT).toMatch(new RegExp(pattern, 'm'))
  }
  for (const [key, value] of Object.entries(DEFAULTS.limits)) {
    expect(section('limits')).toMatch(
      new RegExp(`### ${kebab(key)}\\n\\n[^#]*Default: \`${value}\``),
    )
  }
  for (const [key, value] of Object.entries(DEFAULTS.timeouts)) {
    const told = value % 60_000 === 0 && value > 60_000 ? `${value / 60_000}m` : `${value / 1000}s`
    expect(section('timeouts')).toMatch(
      new RegExp(`### ${kebab(key)}\\n\\n[^#]*Default: \`${told}\``),
    )
  }
})

function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
