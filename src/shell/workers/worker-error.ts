/** A worker cannot start; the message is the line to print. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError'
}
