/** `portcullis explain`: what rule files mean for each way of transferring, and what would help. */
import { formatDiagnostic } from '../engine/rules/diagnostic.ts'
import type { Ruleset } from '../engine/rules/ruleset.ts'
import { Terminal } from '../demo/terminal.ts'
import { advise } from '../explain/advice.ts'
import { explain, listenersOf, type Question } from '../explain/explain.ts'
import { type Explained, report } from '../explain/report.ts'
import { type Ip, parseIp } from '../net/ip.ts'
import { loadRuleFiles } from '../shell/rule-files.ts'
import { EXIT } from './exit-code.ts'
import { explainLoggedSession } from './explain-session.ts'
import { marksFor, printExplained } from './explain-text.ts'
import { UsageError } from './usage-error.ts'

export interface ExplainArguments {
  readonly rules?: string[] | undefined
  readonly client?: string | undefined
  readonly server?: string | undefined
  readonly listener?: string | undefined
  /** A packet log and a session in it. */
  readonly session?: string[] | undefined
  readonly json: boolean
  readonly ascii?: boolean | undefined
}

/** Resolves to the exit code. @throws UsageError */
export async function explainCommandLine(given: ExplainArguments): Promise<number> {
  const { rules = [], session } = given
  if (session !== undefined) {
    if (rules.length > 0) throw new UsageError('--session asks the log: it takes no rule files')
    return explainLoggedSession(session, given.json)
  }
  if (rules.length === 0) throw new UsageError('name rule files, or give --session LOG ID')
  const question = questionOf(given)
  const { ruleset, diagnostics } = await loadRuleFiles(rules)
  if (ruleset === undefined) {
    for (const diagnostic of diagnostics) process.stderr.write(`${formatDiagnostic(diagnostic)}\n`)
    return EXIT.failed
  }
  checkListeners(ruleset, question)
  const explained = explain(ruleset, question).map(
    (explanation): Explained => ({ explanation, ...advise(ruleset, explanation) }),
  )
  if (given.json) process.stdout.write(`${JSON.stringify(report(ruleset, explained), null, 2)}\n`)
  else print(explained, given.ascii ?? isAsciiTerminal(process.env))
  return EXIT.ok
}

function print(explained: readonly Explained[], isAscii: boolean): void {
  const terminal = new Terminal(process.stdout)
  explained.forEach((one, index) => {
    if (index > 0) terminal.line()
    printExplained(one, terminal, marksFor(isAscii))
  })
}

/** Whether the terminal says that it does not show Unicode; nothing said is no reason to doubt it. */
export function isAsciiTerminal(
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'] || ''
  return locale !== '' && !/utf-?8/i.test(locale)
}

function questionOf({ client, server, listener }: ExplainArguments): Question {
  return {
    client: addressOf('client', client),
    server: addressOf('server', server),
    listener,
  }
}

function addressOf(option: string, text: string | undefined): Ip | undefined {
  if (text === undefined) return undefined
  const address = parseIp(text)
  if (address !== undefined) return address
  throw new UsageError(`--${option} "${text}": expected an address, as 198.51.100.7`)
}

function checkListeners(ruleset: Ruleset, question: Question): void {
  if (listenersOf(ruleset, question).length > 0) return
  const names = ruleset.listeners.map(({ name }) => `"${name}"`).join(', ')
  if (names === '')
    throw new UsageError('the rules have no listener, so there is nothing to explain')
  throw new UsageError(`no listener is like that: there are ${names}`)
}
