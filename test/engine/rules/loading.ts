/** What the tests of rule files share: texts in, a ruleset or the printed problems out. */
import { formatDiagnostic } from '../../../src/engine/rules/diagnostic.ts'
import { load, type LoadOptions } from '../../../src/engine/rules/load.ts'
import type { Ruleset } from '../../../src/engine/rules/ruleset.ts'

/** The problems of one text called `rules.yaml`, as `check` prints them. */
export function problemsOf(text: string, options: LoadOptions = {}): string {
  return problemsOfFiles({ 'rules.yaml': text }, options)
}

export function problemsOfFiles(
  files: Readonly<Record<string, string>>,
  options: LoadOptions = {},
): string {
  const sources = Object.entries(files).map(([name, text]) => ({ name, text }))
  const { diagnostics, ruleset } = load(sources, options)
  const hasError = diagnostics.some(({ severity }) => severity === 'error')
  if (hasError !== (ruleset === undefined))
    throw new Error('errors and a ruleset exclude each other')
  return `\n${diagnostics.map(formatDiagnostic).join('\n')}\n`
}

/** The problems of rules alone, each on one line and without the words about what is missing. */
export function problemsOfRules(...rules: readonly string[]): readonly string[] {
  const text = `version: 1\nrules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`
  return load([{ name: 'r', text }])
    .diagnostics.filter(({ message }) => !message.startsWith('no rule permits'))
    .map(({ severity, line, column, message }) => `${line - 2}:${column} ${severity} ${message}`)
}

/** Of a text without errors. */
export function rulesetOf(text: string): Ruleset {
  const { ruleset, diagnostics } = load([{ name: 'rules.yaml', text }])
  if (ruleset === undefined) throw new Error(diagnostics.map(formatDiagnostic).join('\n'))
  return ruleset
}
