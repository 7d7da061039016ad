/** Small changes to an input, of the kinds that find faults in parsers. */
import { pick, type Random } from './random.ts'

/** No limit of the code under test needs longer inputs to be exceeded. */
export const INPUT_BYTES_MAX = 16_384

export interface Material {
  /** Other inputs, to take pieces from. */
  readonly others: readonly Uint8Array[]
  readonly dictionary: readonly Uint8Array[]
  readonly parts: (input: Uint8Array) => readonly Uint8Array[]
}

type Mutation = (input: Uint8Array, material: Material, random: Random) => Uint8Array

/** Bytes that mean something to FTP, Telnet, TLS or a number parser. */
const TELLING_BYTES = [
  0x00, 0x01, 0x0a, 0x0d, 0x14, 0x15, 0x16, 0x17, 0x20, 0x22, 0x28, 0x29, 0x2c, 0x2d, 0x30, 0x31,
  0x39, 0x7c, 0x7f, 0x80, 0xc5, 0xf1, 0xf2, 0xf4, 0xff,
]

const TELLING_NUMBERS = [
  '-1',
  '0',
  '00',
  '1',
  '20',
  '255',
  '256',
  '1023',
  '1024',
  '65535',
  '65536',
  '2147483648',
  '4294967296',
  '9007199254740993',
  '1e3',
  '010',
]

/** One to eight mutations, mostly few. */
export function mutate(input: Uint8Array, material: Material, random: Random): Uint8Array {
  let mutated = input
  const count = 1 + random(2) + (random(3) === 0 ? random(6) : 0)
  for (let done = 0; done < count; done++)
    mutated = pick(MUTATIONS, random)(mutated, material, random)
  return mutated.subarray(0, INPUT_BYTES_MAX)
}

function replace(
  input: Uint8Array,
  from: number,
  to: number,
  ...middle: readonly Uint8Array[]
): Uint8Array {
  return Buffer.concat([input.subarray(0, from), ...middle, input.subarray(to)])
}

/** A range of `input`, short more often than not. */
function rangeOf(input: Uint8Array, random: Random): [number, number] {
  const from = random(input.length + 1)
  const longest = random(4) === 0 ? input.length - from : Math.min(8, input.length - from)
  return [from, from + random(longest + 1)]
}

const flipBit: Mutation = (input, _, random) => {
  if (input.length === 0) return input
  const copy = Uint8Array.from(input)
  const at = random(copy.length)
  copy[at] = (copy[at] ?? 0) ^ (1 << random(8))
  return copy
}

const setByte: Mutation = (input, _, random) => {
  if (input.length === 0) return input
  const copy = Uint8Array.from(input)
  copy[random(copy.length)] = random(3) === 0 ? random(256) : pick(TELLING_BYTES, random)
  return copy
}

const insertByte: Mutation = (input, _, random) => {
  const at = random(input.length + 1)
  return replace(input, at, at, Uint8Array.of(pick(TELLING_BYTES, random)))
}

const remove: Mutation = (input, _, random) => replace(input, ...rangeOf(input, random))

const double: Mutation = (input, _, random) => {
  const [from, to] = rangeOf(input, random)
  const copies = Array.from({ length: 1 + random(random(8) === 0 ? 64 : 2) }, () =>
    input.subarray(from, to),
  )
  return replace(input, to, to, ...copies)
}

const move: Mutation = (input, _, random) => {
  const [from, to] = rangeOf(input, random)
  const rest = replace(input, from, to)
  const at = random(rest.length + 1)
  return replace(rest, at, at, input.subarray(from, to))
}

const insertWord: Mutation = (input, { dictionary }, random) => {
  if (dictionary.length === 0) return input
  const at = random(input.length + 1)
  return replace(input, at, at, pick(dictionary, random))
}

const overwriteWithWord: Mutation = (input, { dictionary }, random) => {
  if (dictionary.length === 0) return input
  const word = pick(dictionary, random)
  const at = random(input.length + 1)
  return replace(input, at, Math.min(input.length, at + word.length), word)
}

const changeNumber: Mutation = (input, _, random) => {
  const numbers = [...Buffer.from(input).toString('latin1').matchAll(/\d+/g)]
  if (numbers.length === 0) return input
  const { index, 0: digits } = pick(numbers, random)
  const changed =
    random(2) === 0 ? pick(TELLING_NUMBERS, random) : `${Number(digits) + random(3) - 1}`
  return replace(input, index, index + digits.length, Buffer.from(changed))
}

const insertPiece: Mutation = (input, { others }, random) => {
  if (others.length === 0) return input
  const other = pick(others, random)
  const at = random(input.length + 1)
  return replace(input, at, at, other.subarray(...rangeOf(other, random)))
}

const crossOver: Mutation = (input, { others, parts }, random) => {
  if (others.length === 0) return input
  const first = parts(input)
  const second = parts(pick(others, random))
  return Buffer.concat([
    ...first.slice(0, random(first.length + 1)),
    ...second.slice(random(second.length + 1)),
  ])
}

/** The first part stays where it is: it may say how the others are meant. */
function withParts(
  change: (parts: Uint8Array[], others: readonly Uint8Array[], random: Random) => void,
): Mutation {
  return (input, material, random) => {
    const parts = [...material.parts(input)]
    const strange =
      material.others.length === 0 ? [] : material.parts(pick(material.others, random))
    if (parts.length > 1) change(parts, strange, random)
    return Buffer.concat(parts)
  }
}

const dropPart = withParts((parts, _, random) => {
  parts.splice(1 + random(parts.length - 1), 1)
})

const doublePart = withParts((parts, _, random) => {
  const at = 1 + random(parts.length - 1)
  parts.splice(at, 0, parts[at] ?? new Uint8Array(0))
})

const swapParts = withParts((parts, _, random) => {
  const at = 1 + random(parts.length - 1)
  const [taken] = parts.splice(at, 1)
  if (taken !== undefined) parts.splice(1 + random(parts.length), 0, taken)
})

const insertPart = withParts((parts, others, random) => {
  if (others.length > 1)
    parts.splice(1 + random(parts.length), 0, others[1 + random(others.length - 1)] ?? Buffer.of())
})

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  insertByte,
  remove,
  double,
  move,
  insertWord,
  insertWord,
  overwriteWithWord,
  changeNumber,
  insertPiece,
  crossOver,
  dropPart,
  doublePart,
  swapParts,
  insertPart,
  insertPart,
]
