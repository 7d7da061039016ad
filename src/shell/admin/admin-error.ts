/** A failure of the admin socket, as one line for whoever runs the command. */
export class AdminError extends Error {
  override readonly name = 'AdminError'
}
