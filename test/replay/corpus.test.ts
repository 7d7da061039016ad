/**
 * Captures of real servers, clients and attacks. They are not part of this repository; where they
 * are missing the tests are skipped.
 */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Ruleset } from '../../src/engine/rules/ruleset.ts'
import { port } from '../../src/net/port.ts'
import { permissiveRuleset } from '../../src/replay/door.ts'
import type { ReplayRecord } from '../../src/replay/record.ts'
import { CORPUS_VERDICTS } from './corpus-verdicts.ts'
import { at, doorRuleset, play } from './played.ts'

const CORPUS = '../shared/corpus'
const isThere = existsSync(`${CORPUS}/MANIFEST.json`)
const SKIPPED = 'the captures of ../shared/corpus are not here'

function listed(): readonly string[] {
  const entries: unknown = JSON.parse(readFileSync(`${CORPUS}/MANIFEST.json`, 'utf8'))
  if (!Array.isArray(entries)) return []
  return entries.map((entry: { file: string }) => entry.file)
}

function read(file: string): Buffer {
  return readFileSync(`${CORPUS}/${file}`)
}

function rowOf(record: ReplayRecord): string | undefined {
  switch (record.type) {
    case 'session.open':
      return 'session'
    case 'session.refused':
      return `refused ${record.reason}`
    case 'verdict':
      return `${record.verdict} ${record.reason}`
    case 'rewrite':
      return `rewrite ${record.form}`
    case 'channel.opaque':
    case 'channel.clear':
    case 'capture.gap':
    case 'capture.mid-stream':
    case 'capture.diverged':
    case 'capture.held':
      return record.type.slice(record.type.indexOf('.') + 1)
    case 'capture.data':
      return `data ${record.cover}${record.reason === undefined ? '' : ` ${record.reason}`}`
    default:
      return undefined
  }
}

function decided(file: string, ruleset?: Ruleset): readonly string[] {
  return rowsOf(play(read(file), ruleset).records)
}

function rowsOf(records: readonly ReplayRecord[]): readonly string[] {
  const counts = new Map<string, number>()
  let commands = 0
  for (const record of records) {
    const row = rowOf(record)
    if (row !== undefined) counts.set(row, (counts.get(row) ?? 0) + 1)
    if (record.type === 'control.command') commands += 1
  }
  if (commands > 0) counts.set('command', commands)
  return [...counts].map(([row, count]) => `${count} ${row}`)
}

test('every capture has a row, and every row a capture', ({ skip }) => {
  if (!isThere) skip(SKIPPED)
  expect(Object.keys(CORPUS_VERDICTS).toSorted()).toEqual(listed().toSorted())
})

describe.each(Object.entries(CORPUS_VERDICTS))('%s', (file, expected) => {
  test('is read to its end, and decided as it should be', ({ skip }) => {
    if (!isThere) skip(SKIPPED)
    const { records } = play(read(file))
    expect(rowsOf(records)).toEqual(expected)
    expect(records.at(-1)).not.toHaveProperty('problem')
  })
})

test('a static range covers the passive data connections of sessions that cannot be read', ({
  skip,
}) => {
  if (!isThere) skip(SKIPPED)
  const serverPassivePorts = { first: port(1024), last: port(65_535) }
  for (const [file, server, rows] of [
    [
      '_lab__vsftpd-implicit990-tls13-tls12.pcap',
      '198.51.100.20:990',
      ['2 data range', '1 data none opaque'],
    ],
    [
      '_lab__vsftpd-authssl-authtls-tls12-pasv-port.pcap',
      '198.51.100.20:21',
      ['3 data range', '1 data none opaque'],
    ],
  ] as const) {
    const tls = server.endsWith('990') ? 'implicit' : 'explicit'
    const ruleset = doorRuleset({ server: at(server), tls, serverPassivePorts })
    expect(decided(file, ruleset).filter((row) => row.includes('data'))).toEqual(rows)
  }
})

test('a profile that is tolerant of bare line feeds lets their sessions go on', ({ skip }) => {
  if (!isThere) skip(SKIPPED)
  const ruleset = permissiveRuleset()
  const profile = ruleset.profiles.get('default')
  if (profile === undefined) throw new Error('no default profile')
  const profiles = new Map([['default', { ...profile, lineEnding: 'tolerant' as const }]])
  const file = 'OISF_suricata-verify__tests_ftp-epsv_input.pcap'
  // Only the control connection is in it.
  expect(decided(file, { ...ruleset, profiles })).toEqual(['1 session', '26 command'])
})
