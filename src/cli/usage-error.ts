/** The command line makes no sense: exit code 2, and a pointer to the help. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** For `coerce`. yargs collects an option that is given twice into a list; none of ours takes one. */
export function once(option: string): (value: string | readonly string[]) => string {
  return (value) => {
    if (typeof value === 'string') return value
    throw new UsageError(`--${option} is given more than once: ${value.join(', ')}`)
  }
}
