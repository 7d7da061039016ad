/**
 * What a verdict costs, by the number of rules. With the index it should not matter much: the cost
 * at 10 000 rules is to stay within twice that at 10. One iteration is 1000 verdicts; the summary
 * prints the ratios.
 *
 *     npx vitest bench --run --project unit bench/evaluate.bench.ts
 */
import { bench, describe } from 'vitest'
import { frontDoor } from '../src/engine/rules/built-in.ts'
import { createEvaluator } from '../src/engine/rules/evaluate.ts'
import type { Evaluator, Facts, Rule, RuleKind } from '../src/engine/rules/ruleset.ts'
import { endpoint } from '../src/net/endpoint.ts'
import { ip, type Ip } from '../src/net/ip.ts'
import { type Port, port } from '../src/net/port.ts'

const KINDS: readonly RuleKind[] = ['control', 'active-data', 'passive-data']
const SERVERS = 20
const VERDICTS = 1000
/** Three times what the cache holds, asked in turn, so that every question misses. */
const MANY_QUESTIONS = 30_000
const FEW_QUESTIONS = 1000

for (const [title, questions] of [
  ['verdicts that are not cached', MANY_QUESTIONS],
  ['verdicts that are cached', FEW_QUESTIONS],
] as const) {
  describe(title, () => {
    for (const rules of [10, 10_000, 100_000]) {
      const evaluator = evaluatorOf(rules)
      const asked = questionsTo(rules, questions)
      let next = 0
      bench(`${rules} rules`, () => {
        for (let done = 0; done < VERDICTS; done++) {
          const facts = asked[next]
          if (facts !== undefined) evaluator.evaluate(facts)
          next = next + 1 === asked.length ? 0 : next + 1
        }
      })
    }
  })
}

/** One network in three is IPv6; every tenth rule denies, every other one has ports. */
function evaluatorOf(count: number): Evaluator {
  const server = endpoint(ip('192.0.2.1'), port(21))
  const rules = Array.from({ length: count }, (_, n): Rule => {
    const kind = KINDS[n % 3] ?? 'control'
    const client = { address: clientNetwork(n), prefix: n % 3 === 0 ? 24 : isIpv6(n) ? 64 : 29 }
    const target = { address: serverAddress(n), prefix: isIpv6(n) ? 128 : 32 }
    return {
      action: n % 10 === 9 ? 'deny' : 'permit',
      kind,
      name: `rule ${n + 1}`,
      from: kind === 'active-data' ? [target] : [client],
      to: kind === 'active-data' ? [client] : [target],
      port: n % 2 === 0 ? dataPorts(n, kind) : undefined,
      fromPort: undefined,
      profile: undefined,
    }
  })
  return createEvaluator({ ...frontDoor({ listen: server, server }), rules })
}

/** Nine in ten are about a client that some rule knows. */
function questionsTo(rules: number, count: number): readonly Facts[] {
  return Array.from({ length: count }, (_, index): Facts => {
    const n = (index * 7919) % rules
    const kind = KINDS[n % 3] ?? 'control'
    const client = index % 10 === 0 ? ip('198.51.100.7') : clientNetwork(n)
    const server = serverAddress(n)
    return {
      kind,
      from: kind === 'active-data' ? server : client,
      to: kind === 'active-data' ? client : server,
      port: kind === 'control' ? port(21) : ((30_000 + (index % 30_000)) as Port),
      fromPort: port(1024 + (index % 50_000)),
    }
  })
}

function dataPorts(n: number, kind: RuleKind): Rule['port'] {
  if (kind === 'control') return { first: port(21), last: port(21) }
  return { first: port(30_000 + (n % 100)), last: port(60_000 + (n % 100)) }
}

function isIpv6(n: number): boolean {
  return n % 3 === 1
}

function clientNetwork(n: number): Ip {
  if (isIpv6(n)) return ip(`2001:db8:${(n >> 16).toString(16)}:${(n & 0xffff).toString(16)}::`)
  return ip(`${10 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.0`)
}

function serverAddress(n: number): Ip {
  return isIpv6(n) ? ip(`2001:db8:ffff::${(n % SERVERS) + 1}`) : ip(`192.0.2.${(n % SERVERS) + 1}`)
}
