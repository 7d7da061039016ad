/** This host or this process cannot have the kernel data path; the message is the line to print. */
export class KernelDataPathError extends Error {
  override readonly name = 'KernelDataPathError'

  /** `reason` completes the sentence "the kernel data path …". */
  constructor(reason: string, options?: ErrorOptions) {
    super(`the kernel data path ${reason}; "data-path: relay" needs none of it`, options)
  }
}
