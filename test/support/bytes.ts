/** Bytes written as text: a character stands for the byte of the same number. */
export function latin1(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

/** The reverse of {@link latin1}; nothing is lost. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
