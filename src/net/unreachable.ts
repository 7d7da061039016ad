/** Proof of exhaustiveness: the compiler rejects the call while a union member is unhandled. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`)
}
