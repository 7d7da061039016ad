/** What is counted. */

export interface Counts {
  /**
   * Characters of our code, without comments, each as often as it ran; by the folder of `src` that they
   * are in, so that twice the work of a part shows where the part is a small one.
   */
  readonly code: Readonly<Record<string, number>>
  /** Elements of arrays and bytes of buffers that built-in methods went over on behalf of anybody. */
  readonly walked: number
  /** Bytes, on the heap and beside it. */
  readonly allocated: number
}

export interface Counted {
  /** Major version of Node. What objects weigh is different in each. */
  readonly node: number
  /** By the name of the dialogue. */
  readonly dialogues: Readonly<Record<string, Counts>>
}

export function sumOf(code: Counts['code']): number {
  return Object.values(code).reduce((sum, part) => sum + part, 0)
}
