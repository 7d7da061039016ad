/**
 * What a client's transcript says about encryption. A file arrives just as well in clear; only the
 * transcript shows that the session was what the cell is about.
 */
import type { TlsCell } from './tls-cell.ts'

/**
 * Commands as curl and basic-ftp (`> CCC`), lftp (`---> CCC`) and the Python clients log them.
 * curl asks for the mechanism SSL, which means TLS.
 */
const SENT = /^(?:-*> ?|\*cmd\* ['"])(AUTH|PROT [CP]|CCC)\b/gm

/** The first digit of the reply to CCC: nobody pipelines it, so it is the next. */
const AFTER_CCC = /^(?:-*> ?|\*cmd\* ['"])CCC\b[^]*?^(?:<-* |\*resp\* ['"])(\d)\d\d/gm

/** The problem, or `undefined` when exactly the commands were sent that the cell calls for. */
export function securityProblem(
  text: string,
  { security, protection }: Pick<TlsCell, 'security' | 'protection'>,
): string | undefined {
  const sent = new Set([...text.matchAll(SENT)].map((match) => match[1] ?? ''))
  const wanted = new Set([
    ...(security === 'implicit' ? [] : ['AUTH']),
    ...(security === 'ccc' ? ['CCC'] : []),
    `PROT ${protection}`,
  ])
  // It is the level of every new session, so a client need not ask for it.
  if (protection === 'C') sent.add('PROT C')
  const problem = [...wanted].find((command) => !sent.has(command))
  if (problem !== undefined) return `the client did not send ${problem}`
  const surplus = [...sent].find((command) => !wanted.has(command))
  if (surplus !== undefined) return `the client sent ${surplus}`
  // A client may carry on in TLS when CCC is refused, and the files arrive as well.
  const refusal = [...text.matchAll(AFTER_CCC)].find((match) => match[1] !== '2')
  return refusal === undefined ? undefined : `CCC was answered by a ${refusal[1]}xx reply`
}
