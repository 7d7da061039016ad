/** The documents of a rule set taken apart: every section checked, each value with its place. */
import type { z } from 'zod'
import type { PortRange } from '../../net/port.ts'
import { quote } from './diagnostic.ts'
import type { Path, RuleDocument } from './document.ts'
import { readName } from './fields.ts'
import { check } from './issue.ts'
import type {
  DataPathName,
  Limits,
  Listener,
  PacketLogOptions,
  Profile,
  Rule,
  Timeouts,
} from './ruleset.ts'
import {
  contradictions,
  dataPathSchema,
  frameSchema,
  limitsSchema,
  listenerSchema,
  packetLogSchema,
  profileSchema,
  reservePortsSchema,
  ruleSchema,
  timeoutsSchema,
  workersSchema,
} from './schema.ts'
import { passivePorts } from './values.ts'

export interface Placed<T> {
  readonly value: T
  readonly document: RuleDocument
  readonly path: Path
}

/** What could be read. Values with problems are left out; their problems are reported. */
export interface Parts {
  readonly workers: Placed<number> | undefined
  readonly listeners: readonly Placed<Listener>[]
  readonly profiles: readonly Placed<Profile>[]
  readonly rules: readonly Placed<Rule>[]
  /** The names of all profiles, also of those that were left out. */
  readonly profileNames: readonly string[]
  /** Every `profile:` of a rule, also of rules that were left out. */
  readonly profileUses: readonly Placed<string>[]
  readonly passivePorts: Placed<PortRange> | undefined
  readonly dataPath: Placed<DataPathName> | undefined
  readonly reservePorts: Placed<boolean> | undefined
  readonly timeouts: Placed<Timeouts> | undefined
  readonly limits: Placed<Limits> | undefined
  readonly packetLog: Placed<PacketLogOptions> | undefined
}

type Section = Readonly<Record<string, unknown>>

interface Frame {
  readonly document: RuleDocument
  readonly sections: Section
}

export function readParts(documents: readonly RuleDocument[]): Parts {
  const frames = documents.flatMap((document): Frame[] => {
    if (document.value === undefined) return []
    check(frameSchema, document.value, document, [])
    return isSection(document.value) ? [{ document, sections: document.value }] : []
  })
  const rules = [...entries(frames, 'rules')]
  return {
    workers: readOnce(frames, 'workers', workersSchema),
    listeners: [...entries(frames, 'listeners')].flatMap((entry) => {
      const value = check(listenerSchema, entry.value, entry.document, entry.path)
      return value === undefined ? [] : [{ ...entry, value }]
    }),
    profiles: readProfiles(frames),
    profileNames: frames.flatMap(({ sections }) => Object.keys(profilesOf(sections))),
    rules: rules.flatMap(readRule),
    profileUses: rules.flatMap(({ value, document, path }) => {
      const use = isSection(value) ? value['profile'] : undefined
      return typeof use === 'string' ? [{ value: use, document, path: [...path, 'profile'] }] : []
    }),
    passivePorts: readOnce(frames, 'passive-ports', passivePorts),
    dataPath: readOnce(frames, 'data-path', dataPathSchema),
    reservePorts: readOnce(frames, 'reserve-ports', reservePortsSchema),
    timeouts: readOnce(frames, 'timeouts', timeoutsSchema),
    limits: readOnce(frames, 'limits', limitsSchema),
    packetLog: readOnce(frames, 'packet-log', packetLogSchema),
  }
}

/** The entries of a list, over all documents in order. */
function* entries(frames: readonly Frame[], key: string): Generator<Placed<unknown>> {
  for (const { document, sections } of frames) {
    const list = sections[key]
    if (!Array.isArray(list)) continue
    for (const [index, value] of list.entries()) yield { value, document, path: [key, index] }
  }
}

function readRule(entry: Placed<unknown>, index: number): Placed<Rule>[] {
  const { document, path } = entry
  const draft = check(ruleSchema, entry.value, document, path)
  const wrong = isSection(entry.value) ? contradictions(entry.value) : []
  for (const { key, message } of wrong) {
    if (key === undefined) document.report('error', path, message)
    else document.reportKey('error', [...path, key], message)
  }
  if (draft === undefined || wrong.length > 0) return []
  return [{ document, path, value: { ...draft, name: draft.name ?? `rule ${index + 1}` } }]
}

function readProfiles(frames: readonly Frame[]): readonly Placed<Profile>[] {
  const found = new Map<string, Placed<Profile>>()
  for (const { document, sections } of frames) {
    for (const [name, content] of Object.entries(profilesOf(sections))) {
      const path = ['profiles', name]
      const readable = readName(name)
      if (readable.type === 'malformed') document.reportKey('error', path, readable.problem)
      const value = check(profileSchema, content, document, path)
      const earlier = found.get(name)
      if (earlier !== undefined) {
        const at = earlier.document.position(earlier.path)
        document.reportKey('error', path, `the profile ${quote(name)} is already given at ${at}`)
      } else if (value !== undefined) found.set(name, { value: { name, ...value }, document, path })
    }
  }
  return [...found.values()]
}

function profilesOf(sections: Section): Section {
  return isSection(sections['profiles']) ? sections['profiles'] : {}
}

/** A section that only one of several files may hold. */
function readOnce<T>(
  frames: readonly Frame[],
  key: string,
  schema: z.ZodType<T>,
): Placed<T> | undefined {
  let first: RuleDocument | undefined
  let found: Placed<T> | undefined
  for (const { document, sections } of frames) {
    if (!(key in sections)) continue
    const value = check(schema, sections[key], document, [key])
    if (first === undefined) {
      first = document
      if (value !== undefined) found = { value, document, path: [key] }
    } else {
      const at = first.position([key])
      document.reportKey('error', [key], `"${key}" is already given at ${at}`)
    }
  }
  return found
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
