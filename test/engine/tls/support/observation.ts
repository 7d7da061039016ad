/** Feeds an observer what was said, in any segmentation, and sums up what it made of it. */
import type { TlsFact, TlsSide, TlsViolation } from '../../../../src/engine/tls/fact.ts'
import { TLS_LIMITS } from '../../../../src/engine/tls/limits.ts'
import { TlsObserver } from '../../../../src/engine/tls/observer.ts'
import type { Said } from './recording.ts'

export interface Observation {
  readonly facts: readonly TlsFact[]
  /** What was passed on, and what was found to be clear text. */
  readonly opaque: { readonly client: string; readonly server: string }
  readonly clear: { readonly client: string; readonly server: string }
  readonly violation?: TlsViolation
  readonly progress: string
}

/** Both directions' messages, header and cut header. */
const BUFFERED_BYTES_MAX = 2 * (TLS_LIMITS.messageBytesMax + 16)

export function observe(
  said: Iterable<Said>,
  observer: TlsObserver = new TlsObserver(),
): Observation {
  const facts: TlsFact[] = []
  const opaque = { client: [] as Uint8Array[], server: [] as Uint8Array[] }
  const clear = { client: [] as Uint8Array[], server: [] as Uint8Array[] }
  let violation: TlsViolation | undefined
  for (const { side, bytes } of said) {
    const observed = observer.take(side, bytes)
    facts.push(...observed.facts)
    opaque[side].push(observed.opaque)
    if (observed.clearFrom !== undefined) clear[side].push(bytes.subarray(observed.clearFrom))
    violation = observed.violation
    if (observer.bufferedBytes > BUFFERED_BYTES_MAX) throw new Error('the observer hoards bytes')
  }
  const text = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString('latin1')
  return {
    facts,
    opaque: { client: text(opaque.client), server: text(opaque.server) },
    clear: { client: text(clear.client), server: text(clear.server) },
    ...(violation === undefined ? {} : { violation }),
    progress: observer.progress,
  }
}

/** What was said up to and with the first violation is passed on or not as segments have it. */
export function withoutOpaque(observation: Observation): unknown {
  return { ...observation, opaque: undefined }
}

export function fromClient(...chunks: readonly Uint8Array[]): Said[] {
  return chunks.map((bytes) => ({ side: 'client', bytes }))
}

export function fromServer(...chunks: readonly Uint8Array[]): Said[] {
  return chunks.map((bytes) => ({ side: 'server', bytes }))
}

/** One byte at a time. */
export function drip(said: readonly Said[]): Said[] {
  return said.flatMap(({ side, bytes }) =>
    [...bytes].map((byte): Said => ({ side, bytes: Uint8Array.of(byte) })),
  )
}

/** All ways to cut one segment in two, and none. */
export function* everyCut(said: readonly Said[]): Generator<readonly Said[]> {
  yield said
  for (const [index, { side, bytes }] of said.entries())
    for (let at = 1; at < bytes.length; at++)
      yield said.toSpliced(
        index,
        1,
        { side, bytes: bytes.subarray(0, at) },
        { side, bytes: bytes.subarray(at) },
      )
}

/** Cuts at the given places of the whole; places beyond the end do nothing. */
export function cutAt(said: readonly Said[], places: readonly number[]): Said[] {
  const sorted = places.toSorted((a, b) => a - b)
  let base = 0
  return said.flatMap(({ side, bytes }) => {
    const inside = sorted.map((place) => place - base).filter((at) => at > 0 && at < bytes.length)
    base += bytes.length
    const ends = [...new Set(inside), bytes.length]
    return ends.map(
      (end, index): Said => ({
        side: side satisfies TlsSide,
        bytes: bytes.subarray(ends[index - 1] ?? 0, end),
      }),
    )
  })
}

/** The observations that differ from that of the uncut bytes; none, one hopes. */
export function differing(said: readonly Said[], cuts: Iterable<readonly Said[]>): unknown[] {
  const whole = observe(said)
  const key = (observation: Observation): string =>
    JSON.stringify(whole.violation === undefined ? observation : withoutOpaque(observation))
  const wanted = key(whole)
  const different: unknown[] = []
  for (const cut of cuts) {
    const observation = observe(cut)
    if (key(observation) !== wanted) different.push(observation)
  }
  return different
}

/** `clientHello client`, `established` … */
export function types(facts: readonly TlsFact[]): string[] {
  return facts.map((fact) => ('side' in fact ? `${fact.type} ${fact.side}` : fact.type))
}

/** The one fact of its type. */
export function only<T extends TlsFact['type']>(
  facts: readonly TlsFact[],
  type: T,
): Extract<TlsFact, { type: T }> {
  const found = facts.filter((fact): fact is Extract<TlsFact, { type: T }> => fact.type === type)
  const [first] = found
  if (first === undefined || found.length > 1) throw new Error(`${found.length} facts of ${type}`)
  return first
}
