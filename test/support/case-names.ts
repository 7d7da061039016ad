/**
 * Which cases of docs/hostile-peers.md a file tests: the ids that the names of its tests begin with.
 * The title of a `describe`, a comment and a test that is switched off count for nothing.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseAst } from 'vitest/node'
import { PARTS } from '../hostile/transcripts/all.ts'

type Node = Readonly<Record<string, unknown>>

const IDS = /^(?:[A-Z]\d{1,2}(?:[ ,:]+|$))+/
const SWITCHED_OFF = ['skip', 'todo', 'fails']

/** `path` is that of a file with tests, or of one with transcripts, from the root of the project. */
export function casesTestedIn(path: string): ReadonlySet<string> {
  const transcripts = path.startsWith('test/hostile/transcripts/') && PARTS.get(basename(path))
  if (transcripts) return new Set(transcripts.map(({ id }) => id))
  return casesNamedIn(readFileSync(path, 'utf8'))
}

export function casesNamedIn(source: string): ReadonlySet<string> {
  return new Set(namesIn(parseAst(source, { lang: 'ts' })).flatMap(idsOf))
}

function idsOf(name: string): readonly string[] {
  return IDS.exec(name)?.[0].match(/[A-Z]\d+/g) ?? []
}

function namesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn)
  if (!isNode(value)) return []
  const inside = Object.values(value).flatMap(namesIn)
  return isTest(value) ? [...namesOf(value), ...inside] : inside
}

/** Of `test(name, …)`, or of `test.each(rows)(name, …)`, whose rows may hold how the names begin. */
function namesOf({ callee, arguments: given }: Node): readonly string[] {
  const names = textsOf(first(given))
  if (!isNode(callee) || !names.some((name) => name.startsWith('%s'))) return names
  const rows = bare(first(callee['arguments']))
  const elements = isNode(rows) && Array.isArray(rows['elements']) ? rows['elements'] : []
  return [...names, ...elements.flatMap((row) => textsOf(firstOfRow(row)))]
}

function firstOfRow(row: unknown): unknown {
  const node = bare(row)
  return isNode(node) && node['type'] === 'ArrayExpression' ? first(node['elements']) : node
}

/** What a text is, or how it begins, as far as that is written here. */
function textsOf(value: unknown): readonly string[] {
  const node = bare(value)
  if (!isNode(node)) return []
  if (typeof node['value'] === 'string') return [node['value']]
  if (node['type'] === 'ConditionalExpression')
    return [...textsOf(node['consequent']), ...textsOf(node['alternate'])]
  const beginning = first(node['quasis'])
  const text = isNode(beginning) ? beginning['value'] : undefined
  return isNode(text) && typeof text['cooked'] === 'string' ? [text['cooked']] : []
}

/** Whether a call, perhaps by way of `.each(…)` and the like, is one of `test` or `it`. */
function isTest(call: Node): boolean {
  if (call['type'] !== 'CallExpression') return false
  let callee: unknown = call['callee']
  while (isNode(callee) && callee['type'] !== 'Identifier') {
    const { property } = callee
    if (isNode(property) && SWITCHED_OFF.includes(String(property['name']))) return false
    callee = callee['object'] ?? callee['callee']
  }
  return isNode(callee) && ['test', 'it'].includes(String(callee['name']))
}

/** Without `as const`. */
function bare(value: unknown): unknown {
  return isNode(value) && value['type'] === 'TSAsExpression' ? value['expression'] : value
}

function first(list: unknown): unknown {
  return Array.isArray(list) ? list[0] : undefined
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
