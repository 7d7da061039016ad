/** Connections cannot be intercepted here; the message is the line to print. */
export class InterceptionError extends Error {
  override readonly name = 'InterceptionError'
}
