/**
 * The rule language as JSON Schema, for editors: which keys there are, what they take, and what they
 * mean. It is made from the schemas that `load` checks with; what those check beyond the shape of a
 * value (that an address is one, that two ranges do not overlap) stays with `portcullis check`.
 */
import { z } from 'zod'
import { MECHANISMS } from './fields.ts'
import {
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

/** A JSON Schema, as far as it is looked into here. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema | boolean
}

/** What a key is for; `path` are the keys that lead to it. */
export type Describe = (path: readonly string[]) => string | undefined

const SECTIONS: Readonly<Record<string, (frame: JsonSchema) => JsonSchema>> = {
  workers: () => schemaOf(workersSchema),
  listeners: (frame) => ({ ...frame, items: schemaOf(listenerSchema) }),
  'passive-ports': () => schemaOf(passivePorts),
  'data-path': () => schemaOf(dataPathSchema),
  'reserve-ports': () => schemaOf(reservePortsSchema),
  profiles: (frame) => ({ ...frame, additionalProperties: profile() }),
  rules: (frame) => ({ ...frame, items: rule() }),
  timeouts: () => schemaOf(timeoutsSchema),
  limits: () => schemaOf(limitsSchema),
  'packet-log': () => schemaOf(packetLogSchema),
}

export function rulesJsonSchema(describe: Describe): JsonSchema {
  const frame = schemaOf(frameSchema)
  const properties = Object.entries(frame.properties ?? {}).map(([key, value]) => {
    return [key, SECTIONS[key]?.(value) ?? value] as const
  })
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Portcullis rule file',
    ...described({ ...frame, properties: Object.fromEntries(properties) }, [], describe),
  }
}

/** The JSON Schema of what somebody writes, not of what the loader makes of it. */
function schemaOf(schema: z.ZodType): JsonSchema {
  const made = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' })
  const { $schema: _, ...rest } = made
  return rest as JsonSchema
}

/** Lists of known words, which are texts to the loader because it takes them in any case. */
function profile(): JsonSchema {
  const made = schemaOf(profileSchema)
  const mechanisms = { type: 'array', items: { type: 'string', enum: [...MECHANISMS] } }
  return { ...made, properties: { ...made.properties, mechanisms } }
}

/** Either permit or deny, as `contradictions` has it. */
function rule(): JsonSchema {
  return { ...schemaOf(ruleSchema), oneOf: [{ required: ['permit'] }, { required: ['deny'] }] }
}

function described(schema: JsonSchema, path: readonly string[], describe: Describe): JsonSchema {
  const { properties, items, additionalProperties: more } = schema
  const description = path.length === 0 ? undefined : describe(path)
  return {
    ...(description === undefined ? {} : { description }),
    ...schema,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([key, value]) => [
              key,
              described(value, [...path, key], describe),
            ]),
          ),
        }),
    ...(items === undefined ? {} : { items: inside(items, path, describe) }),
    ...(typeof more === 'object' ? { additionalProperties: inside(more, path, describe) } : {}),
  }
}

/** An entry has no name of its own: its keys follow the section's. */
function inside(schema: JsonSchema, path: readonly string[], describe: Describe): JsonSchema {
  return described(schema, path, (below) =>
    below.length === path.length ? undefined : describe(below),
  )
}
