/** What zod found, in words for the writer of a rule file and at its place in the text. */
import type { z } from 'zod'
import { quote } from './diagnostic.ts'
import type { Path, RuleDocument } from './document.ts'
import { KEY_SEPARATOR } from './section.ts'
import { suggest } from './suggest.ts'

/** Checks `value`, which stands at `path`; reports every problem and then gives `undefined`. */
export function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
  document: RuleDocument,
  path: Path,
): T | undefined {
  const result = schema.safeParse(value, { error: describe })
  if (result.success) return result.data
  for (const issue of result.error.issues) report(issue, document, path)
  return undefined
}

function report(issue: z.core.$ZodIssue, document: RuleDocument, base: Path): void {
  const path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? '' : step))]
  if (issue.code !== 'unrecognized_keys') {
    document.report('error', path, issue.message)
    return
  }
  const known = issue.message.split(KEY_SEPARATOR)
  for (const key of issue.keys) {
    const meant = suggest(key, known)
    const hint =
      meant === undefined ? `the keys here are ${known.join(', ')}` : `did you mean "${meant}"?`
    document.reportKey('error', [...path, key], `unknown key ${quote(key)}; ${hint}`)
  }
}

function describe(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined) return `"${String(issue.path?.at(-1) ?? '')}" is missing`
  if (issue.code === 'invalid_value') return describeChoice(issue.values.map(String), issue.input)
  if (issue.code !== 'invalid_type') return issue.message ?? 'this value cannot be used'
  return `expected ${NOUNS[issue.expected] ?? issue.expected}, not ${nounOf(issue.input)}`
}

function describeChoice(allowed: readonly string[], input: unknown): string {
  const meant = typeof input === 'string' ? suggest(input, allowed) : undefined
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  const given = typeof input === 'object' ? nounOf(input) : quote(input)
  const choice = allowed.length > 2 ? `one of ${allowed.join(', ')}` : allowed.join(' or ')
  return `expected ${choice}, not ${given}${hint}`
}

const NOUNS: Partial<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  object: 'keys with values',
  record: 'keys with values',
  string: 'a text',
}

function nounOf(input: unknown): string {
  if (input === null) return 'nothing'
  if (Array.isArray(input)) return 'a list'
  return typeof input === 'object' ? 'keys with values' : quote(input)
}
