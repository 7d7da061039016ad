/** The operating system's word for what went wrong, such as ECONNREFUSED; `UNKNOWN` without one. */
export function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return 'UNKNOWN'
}
