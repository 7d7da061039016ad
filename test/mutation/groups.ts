/**
 * What is mutated, and which tests judge it. The tests of the same folder alone: a mutant that only a
 * conversation far away notices is a hole in the tests of the file it is in, and a run stays short.
 */
export interface Group {
  readonly sources: readonly string[]
  /** Patterns as vitest takes them. */
  readonly tests: readonly string[]
}

export const GROUPS: readonly Group[] = [
  {
    sources: inFolder('src/net', ['ip', 'port', 'endpoint', 'cidr']),
    tests: ['test/net/*.test.ts'],
  },
  {
    sources: inFolder('src/engine/nat', [
      'port-leases',
      'pinhole-table',
      'scoped-range',
      'multimap',
    ]),
    tests: ['test/engine/nat/*.test.ts'],
  },
  {
    sources: inFolder('src/engine/session', ['pending-commands', 'security-state']),
    tests: inFolder('test/engine/session', ['pending-commands.test', 'security-state.test']),
  },
  {
    sources: inFolder('src/engine/ftp', [
      'line',
      'command',
      'verb',
      'reply',
      'host-port',
      'extended-address',
    ]),
    tests: ['test/engine/ftp/*.test.ts'],
  },
  {
    sources: inFolder('src/engine/tls', ['record', 'byte-reader', 'direction']),
    tests: ['test/engine/tls/*.test.ts'],
  },
]

/** The groups with those of their sources that are in `files`; all of them when none is named. */
export function groupsOf(files: readonly string[]): readonly Group[] {
  if (files.length === 0) return GROUPS
  const known = GROUPS.flatMap(({ sources }) => sources)
  const unknown = files.filter((file) => !known.includes(file))
  if (unknown.length > 0)
    throw new Error(`${unknown.join(', ')}: not mutated; those are\n  ${known.join('\n  ')}`)
  return GROUPS.map(({ sources, tests }) => ({
    sources: sources.filter((source) => files.includes(source)),
    tests,
  })).filter(({ sources }) => sources.length > 0)
}

function inFolder(folder: string, names: readonly string[]): readonly string[] {
  return names.map((name) => `${folder}/${name}.ts`)
}
