/** Asks a running process about itself. */
import { connect } from 'node:net'
import { errorCode } from '../error-code.ts'
import { AdminError } from './admin-error.ts'
import type { AdminRequest } from './admin-socket.ts'
import { readLine } from './read-line.ts'

/** Some hundred thousand ports in use. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024
const ANSWER_MS_MAX = 10_000

/** The answer, as it came. @throws AdminError, in one line, when there is none. */
export async function askAdmin(path: string, request: AdminRequest): Promise<unknown> {
  const response = await exchange(path, `${JSON.stringify(request)}\n`)
  if (typeof response === 'object' && response !== null) {
    if ('answer' in response) return response.answer
    if ('error' in response)
      throw new AdminError(`the process at ${path} answers: ${printable(response.error)}`)
  }
  throw new AdminError(`what answers at ${path} is not Portcullis`)
}

async function exchange(path: string, line: string): Promise<unknown> {
  const socket = connect(path)
  const deadline = setTimeout(
    () => socket.destroy(new AdminError(`the process at ${path} does not answer`)),
    ANSWER_MS_MAX,
  )
  try {
    socket.write(line)
    return JSON.parse(await readLine(socket, ANSWER_BYTES_MAX)) as unknown
  } catch (error) {
    throw explained(path, error)
  } finally {
    clearTimeout(deadline)
    socket.on('error', () => undefined).destroy()
  }
}

function explained(path: string, error: unknown): AdminError {
  if (error instanceof AdminError) return error
  const elsewhere = 'Is it running, and as this user? --socket names another one.'
  switch (errorCode(error)) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTSOCK':
      return new AdminError(`no process answers at ${path}. ${elsewhere}`)
    case 'EACCES':
    case 'EPERM':
      return new AdminError(`no permission to ask at ${path}. Ask as the user it runs as.`)
    default:
      return new AdminError(
        `cannot ask at ${path}: ${error instanceof Error ? error.message : String(error)}`,
      )
  }
}

/** One line that no terminal acts upon. */
function printable(value: unknown): string {
  return String(value)
    .replace(/\P{ASCII}|\p{Cc}/gu, '?')
    .slice(0, 500)
}
