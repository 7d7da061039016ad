/** Privileges cannot be given up as asked; the message is the line to print. */
export class PrivilegeError extends Error {
  override readonly name = 'PrivilegeError'
}
