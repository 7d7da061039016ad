/** A log cannot be read. `message` is one sentence for whoever asked for it. */
export class LogReadError extends Error {
  override readonly name = 'LogReadError'
}
