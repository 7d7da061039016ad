/** Rule files: whatever they hold, they are a ruleset or problems with a place. */
import { readdirSync, readFileSync } from 'node:fs'
import { formatDiagnostic } from '../../../src/engine/rules/diagnostic.ts'
import { createEvaluator } from '../../../src/engine/rules/evaluate.ts'
import { load } from '../../../src/engine/rules/load.ts'
import type { Facts } from '../../../src/engine/rules/ruleset.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import { evaluateNaively } from '../../engine/rules/rule-sets.ts'
import { latin1, textOf } from '../../support/bytes.ts'
import type { Target } from '../target.ts'

const QUESTIONS: readonly Facts[] = (['control', 'active-data', 'passive-data'] as const).flatMap(
  (kind) => [
    { kind, from: ip('10.0.0.1'), to: ip('192.0.2.1'), port: port(21), fromPort: undefined },
    { kind, from: ip('2001:db8::1'), to: ip('10.0.0.1'), port: port(50_000), fromPort: port(20) },
  ],
)

export const rules: Target = {
  name: 'rules',
  seeds: () =>
    readdirSync('rules')
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => readFileSync(`rules/${file}`)),
  dictionary: [
    [
      'version: 1\n',
      'listeners:\n',
      'profiles:\n',
      'rules:\n',
      '  - ',
      '{ permit: control }',
      '\n',
    ],
    [
      '&a ',
      '*a',
      '<<: *a',
      '!!binary ',
      '? ',
      '- - ',
      '[',
      ']',
      '{',
      '}',
      ': ',
      '# ',
      '"',
      "'",
      '|',
      '>',
    ],
    [
      'from: ',
      'to: ',
      'port: ',
      'from-port: ',
      'profile: ',
      '10.0.0.0/8',
      '::/0',
      '1-65535',
      '0',
      '~',
    ],
    [
      'timeouts:\n',
      'limits:\n',
      'packet-log:\n',
      'passive-ports: ',
      '__proto__: ',
      'constructor: ',
    ],
  ].flat(),
  parts: (input) =>
    textOf(input)
      .split(/(?<=\n)/)
      .map(latin1),
  show: (input) => textOf(input).split('\n'),

  run(input) {
    const text = Buffer.from(input).toString('utf8')
    const { ruleset, diagnostics } = load([{ name: 'rules.yaml', text }], { forRunning: true })
    const breaches: string[] = []
    const hasError = diagnostics.some(({ severity }) => severity === 'error')
    if (hasError === (ruleset !== undefined)) breaches.push('an error and a ruleset')
    const lines = text.split(/\r\n|\r|\n/).length
    for (const diagnostic of diagnostics) {
      if (diagnostic.line > lines) breaches.push(`a problem in line ${diagnostic.line} of ${lines}`)
      if (/[^\P{Cc}\n]/u.test(formatDiagnostic(diagnostic))) breaches.push('a control character')
    }
    if (ruleset !== undefined) {
      const evaluator = createEvaluator(ruleset)
      for (const asked of QUESTIONS)
        if (evaluator.evaluate(asked).type !== evaluateNaively(ruleset.rules, asked).type)
          breaches.push(`the index decides otherwise: ${JSON.stringify(asked)}`)
    }
    const features = diagnostics.map(({ message }) =>
      message.replace(/"[^"]*"|\d+/g, '_').slice(0, 80),
    )
    return { breaches, features }
  },
}
