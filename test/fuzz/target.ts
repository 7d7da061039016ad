/** What the fuzzer knows of the code it feeds. */

/** What came of one input. */
export interface Run {
  /** What must not have been. An exception is another. */
  readonly breaches: readonly string[]
  /** Names of what was seen; an input that shows a new one is kept, as one that runs new code is. */
  readonly features: readonly string[]
}

export interface Target {
  readonly name: string
  /** Inputs to begin with. */
  readonly seeds: () => readonly Uint8Array[]
  /** Words that are put into inputs. */
  readonly dictionary: readonly string[]
  /** Cuts an input into parts that are moved, doubled and left out as a whole. */
  readonly parts: (input: Uint8Array) => readonly Uint8Array[]
  readonly run: (input: Uint8Array) => Run
  /** The input for people. */
  readonly show: (input: Uint8Array) => readonly string[]
}

/** An exception is a breach: parsers answer, they do not throw. */
export function runSafely(target: Target, input: Uint8Array): Run {
  try {
    return target.run(input)
  } catch (error) {
    const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error))
    // The place, so that two faults with one message are two.
    const [, place = ''] = /\n\s+at (?:async )?(\S+)/.exec(stack) ?? []
    return { breaches: [`${name}: ${message} (${place})`], features: [] }
  }
}
