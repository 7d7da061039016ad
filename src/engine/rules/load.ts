/**
 * Rule files to a ruleset. Several files are read as one: listeners and rules are put one after
 * the other in the order given, profiles are collected, every other section may be given once.
 * All problems are reported, not the first; a ruleset is made only when none is an error.
 */
import { checkParts } from './check.ts'
import { DEFAULTS } from './defaults.ts'
import type { Diagnostic } from './diagnostic.ts'
import { RuleDocument } from './document.ts'
import { type Parts, readParts } from './parts.ts'
import type { Profile, Ruleset } from './ruleset.ts'
import type { RuleSource } from './source-text.ts'

export interface LoadOptions {
  /** Whether the ruleset is about to be run, so that it must have listeners. Default: false. */
  readonly forRunning?: boolean
}

export interface Loaded {
  /** `undefined` when one of the diagnostics is an error. */
  readonly ruleset: Ruleset | undefined
  /** Every problem, in the order of the files and then of their lines. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Never throws on what a file holds. No source at all is a ruleset that permits nothing. */
export function load(sources: readonly RuleSource[], options: LoadOptions = {}): Loaded {
  const documents = sources.map((source) => new RuleDocument(source))
  const parts = readParts(documents)
  checkParts(parts, documents, options.forRunning ?? false)
  const diagnostics = documents.flatMap(({ diagnostics: found }) => inOrder(found))
  const isSound = diagnostics.every(({ severity }) => severity !== 'error')
  return { ruleset: isSound ? assemble(parts) : undefined, diagnostics }
}

function assemble(parts: Parts): Ruleset {
  const profiles = new Map<string, Profile>()
  profiles.set('default', { name: 'default', ...DEFAULTS.profile })
  for (const { value } of parts.profiles) profiles.set(value.name, value)
  return Object.freeze<Ruleset>({
    workers: parts.workers?.value ?? DEFAULTS.workers,
    listeners: parts.listeners.map(({ value }) => value),
    passivePorts: parts.passivePorts?.value ?? DEFAULTS.passivePorts,
    dataPath: parts.dataPath?.value ?? DEFAULTS.dataPath,
    reservePorts: parts.reservePorts?.value ?? DEFAULTS.reservePorts,
    profiles,
    rules: parts.rules.map(({ value }) => value),
    timeouts: parts.timeouts?.value ?? DEFAULTS.timeouts,
    limits: parts.limits?.value ?? DEFAULTS.limits,
    packetLog: parts.packetLog?.value ?? DEFAULTS.packetLog,
  })
}

/** Sorted by place; a problem seen through several aliases of one anchor is told once. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const unique = new Map<string, Diagnostic>()
  for (const found of diagnostics) {
    const key = `${found.line}:${found.column}:${found.message}`
    if (!unique.has(key)) unique.set(key, found)
  }
  return [...unique.values()].toSorted((a, b) => a.line - b.line || a.column - b.column)
}
