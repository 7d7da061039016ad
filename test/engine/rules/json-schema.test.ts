/** rules/portcullis.schema.json is made here: `vitest -u` writes it anew. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type JsonSchema, rulesJsonSchema } from '../../../src/engine/rules/json-schema.ts'
import { load } from '../../../src/engine/rules/load.ts'

const RULES = 'rules'
const doc = readFileSync('docs/rules.md', 'utf8')

/** The summary of a key in docs/rules.md, on one line and without its markup. */
function summaryOf(path: readonly string[]): string | undefined {
  const [top = '', ...below] = path
  let text = part(doc, 2, top)
  // A key inside a key has a heading below that, or one like any other of its section.
  below.forEach((key, index) => {
    const inner = part(text, index + 3, key)
    text = inner === '' && index > 0 ? part(part(doc, 2, top), 3, key) : inner
  })
  const summary = /\*\*Summary\.\*\* ([\s\S]*?)\n\n/.exec(text)?.[1]
  return summary?.replaceAll(/\s+/g, ' ').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
}

/** What is under a heading of that level, up to the next one of its level or above. */
function part(text: string, level: number, title: string): string {
  const heading = `^#{${level}} ${title}\\n([\\s\\S]*?)(?=^#{2,${level}} |$(?![\\s\\S]))`
  return new RegExp(heading, 'm').exec(text)?.[1] ?? ''
}

/** As the formatter wants it: short lists on one line. */
function format(value: unknown): string {
  const text = JSON.stringify(value, null, 2)
  return `${text.replaceAll(
    /^( *)(.*)\[\n\s+([^[\]{}]*?)\n\s+\]/gm,
    (all, indent: string, head: string, list: string) => {
      const line = `${indent}${head}[${list.split(/,\n\s*/).join(', ')}]`
      return line.length < 100 ? line : all
    },
  )}\n`
}

const schema = rulesJsonSchema(summaryOf)

test('the file is what the loader checks and the documentation says', async () => {
  await expect(format(schema)).toMatchFileSnapshot('../../../rules/portcullis.schema.json')
})

/** What is wrong with `value`, as far as the keywords in use go. */
function problems(value: unknown, part: JsonSchema, at: string): readonly string[] {
  const known = part['enum'] as readonly unknown[] | undefined
  if (known !== undefined && !known.includes(value)) return [`${at}: not in the list`]
  if ('const' in part && part['const'] !== value) return [`${at}: not ${String(part['const'])}`]
  const anyOf = part['anyOf'] as readonly JsonSchema[] | undefined
  if (anyOf?.every((one) => problems(value, one, at).length > 0) === true)
    return [`${at}: none fits`]
  const types = [(part['type'] ?? []) as string | readonly string[]].flat()
  if (types.length > 0 && !types.includes(typeOf(value)))
    return [`${at}: not ${types.join(' or ')}`]
  if (Array.isArray(value))
    return value.flatMap((one, index) => problems(one, part.items ?? {}, `${at}[${index}]`))
  if (typeof value !== 'object' || value === null) return []
  const missing = ((part['required'] ?? []) as readonly string[]).filter((key) => !(key in value))
  const oneOf = part['oneOf'] as readonly { required: readonly string[] }[] | undefined
  const matching =
    oneOf?.filter(({ required }) => required.every((key) => key in value)).length ?? 1
  return [
    ...missing.map((key) => `${at}.${key}: missing`),
    ...(matching === 1 ? [] : [`${at}: ${matching} of the alternatives`]),
    ...Object.entries(value).flatMap(([key, inner]) => {
      const more = part.additionalProperties
      const known = part.properties?.[key] ?? (typeof more === 'object' ? more : undefined)
      if (known !== undefined) return problems(inner, known, `${at}.${key}`)
      return more === false ? [`${at}.${key}: unknown`] : []
    }),
  ]
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return value === null ? 'null' : typeof value
}

const shipped = readdirSync(RULES).filter((name) => name.endsWith('.yaml'))

test.each(shipped)('%s fits it, and names it', (name) => {
  const text = readFileSync(`${RULES}/${name}`, 'utf8')
  expect(problems(parse(text), schema, 'file')).toEqual([])
  expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=portcullis.schema.json')
})

const samples = [...doc.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '')

test.each(samples)('sample %# of docs/rules.md fits it', (sample) => {
  const text = sample.startsWith('version:') ? sample : `version: 1\n${sample}`
  expect(problems(parse(text), schema, 'sample')).toEqual([])
})

describe('what it refuses the loader refuses too', () => {
  test.each([
    ['version: 2', 'file.version: not 1'],
    ['version: 1\nrulez: []', 'file.rulez: unknown'],
    ['version: 1\ndata-path: kernal', 'file.data-path: not in the list'],
    ['version: 1\nrules: [{ from: any }]', 'file.rules[0]: 0 of the alternatives'],
    [
      'version: 1\nprofiles: { a: { active-mode: yes } }',
      'file.profiles.a.active-mode: not in the list',
    ],
    [
      'version: 1\nlisteners: [{ name: a, listen: "10.0.0.1:21" }]',
      'file.listeners[0].server: missing',
    ],
    ['version: 1\nlimits: { sessions: many }', 'file.limits.sessions: not number'],
  ])('%s', (text, problem) => {
    expect(problems(parse(text), schema, 'file')).toEqual([problem])
    expect(load([{ name: 'a', text }]).ruleset).toBeUndefined()
  })
})

test('every key says what it is for', () => {
  const silent = (part: JsonSchema, at: string): readonly string[] =>
    Object.entries(part.properties ?? {}).flatMap(([key, value]) => [
      ...(typeof value['description'] === 'string' ? [] : [`${at}${key}`]),
      ...silent(value, `${at}${key}.`),
      ...silent(value.items ?? {}, `${at}${key}[].`),
      ...(typeof value.additionalProperties === 'object'
        ? silent(value.additionalProperties, `${at}${key}.*.`)
        : []),
    ])
  expect(silent(schema, '')).toEqual([])
})
