/**
 * What is mutated, and which tests judge it: those of the files themselves. A mutant that only a
 * conversation far away notices is a hole in them; and what runs at import, as a table does, costs a
 * run of all tests of its group for each mutant.
 */
export interface Group {
  readonly sources: readonly string[]
  /** Patterns as vitest takes them. */
  readonly tests: readonly string[]
}

export const GROUPS: readonly Group[] = [
  mirrored('net', ['ip', 'port', 'endpoint', 'cidr']),
  mirrored('engine/nat', [
    'port-leases',
    'port-pool',
    'queue',
    'pinhole-table',
    'scoped-range',
    'multimap',
  ]),
  mirrored('engine/session', ['pending-commands', 'security-state']),
  mirrored('engine/ftp', ['line', 'command', 'reply']),
  mirrored('engine/ftp', ['verb']),
  mirrored('engine/ftp', ['host-port', 'extended-address']),
  mirrored('engine/tls', ['record', 'byte-reader']),
  {
    sources: ['src/engine/tls/direction.ts'],
    // What it does is half of what a whole observer does, which hostile peers are shown to.
    tests: ['test/engine/tls/direction.test.ts', 'test/engine/tls/hostile-peers.test.ts'],
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

function mirrored(folder: string, names: readonly string[]): Group {
  return {
    sources: names.map((name) => `src/${folder}/${name}.ts`),
    tests: names.map((name) => `test/${folder}/${name}.test.ts`),
  }
}
