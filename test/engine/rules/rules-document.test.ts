/** docs/rules.md is true: its samples load, its problems are what is printed, no key is missing. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { DEFAULTS } from '../../../src/engine/rules/defaults.ts'
import { load } from '../../../src/engine/rules/load.ts'
import {
  frameSchema,
  KEY_SEPARATOR,
  limitsSchema,
  listenerSchema,
  packetLogSchema,
  profileSchema,
  ruleSchema,
  timeoutsSchema,
} from '../../../src/engine/rules/schema.ts'
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

test('the example of every key is accepted where it belongs', () => {
  const inside: Readonly<Record<string, (example: string) => string>> = {
    listeners: (example) => `listeners: [{ ${completeListener(example)} }]`,
    profiles: (example) => `profiles: { default: { ${example} } }\nrules: [{ permit: control }]`,
    rules: (example) => `profiles: { partners: {} }\nrules: [{ ${completeRule(example)} }]`,
    timeouts: (example) => `timeouts: { ${example} }`,
    limits: (example) => `limits: { ${example} }`,
    'packet-log': (example) => `packet-log: { ${example} }`,
  }
  for (const [title, place] of Object.entries(inside)) {
    const examples = [...section(title).matchAll(/^\*\*Example\.\*\* `(.*)`$/gm)]
    expect(examples.length).toBeGreaterThan(1)
    for (const [, example = ''] of examples) {
      if (title === 'profiles' && example.startsWith('deny:')) continue
      const text = `version: 1\n${place(example)}`
      expect([text, problemsOf(text)]).toEqual([text, expect.not.stringMatching(' error ')])
    }
  }
})

function completeListener(example: string): string {
  const given = { name: 'a', listen: '10.0.0.1:21', server: '10.0.0.2:21' }
  const rest = Object.entries(given).filter(([key]) => !example.startsWith(`${key}:`))
  return [example, ...rest.map(([key, value]) => `${key}: "${value}"`)].join(', ')
}

function completeRule(example: string): string {
  if (/^(?:permit|deny):/.test(example)) return example
  return `permit: ${example.startsWith('from-port') ? 'active-data' : 'control'}, ${example}`
}

test('the defaults told are the defaults', () => {
  const { deniedPorts } = DEFAULTS.profile
  expect(TEXT).toContain(`\`[${deniedPorts.map(formatPortRange).join(', ')}]\``)
  expect(section('passive-ports')).toContain(formatPortRange(DEFAULTS.passivePorts))
  for (const [key, value] of Object.entries(DEFAULTS.limits)) {
    const kebab = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    expect(section('limits')).toMatch(new RegExp(`### ${kebab}\\n\\n[^#]*Default: \`${value}\``))
  }
  for (const [key, value] of Object.entries(DEFAULTS.timeouts)) {
    const kebab = key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    const told = value % 60_000 === 0 && value > 60_000 ? `${value / 60_000}m` : `${value / 1000}s`
    expect(section('timeouts')).toMatch(new RegExp(`### ${kebab}\\n\\n[^#]*Default: \`${told}\``))
  }
})
