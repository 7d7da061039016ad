/**
 * What a verdict costs, by the number of rules, and how long it takes to load as many. Beside it: rules
 * looked at one after the other, and nft reading as many rules of its own without installing them.
 */
import { spawnSync } from 'node:child_process'
import { addressValue } from '../../src/engine/rules/address-range.ts'
import { createEvaluator } from '../../src/engine/rules/evaluate.ts'
import { load } from '../../src/engine/rules/load.ts'
import { type CompiledRule, compileRule } from '../../src/engine/rules/rule-index.ts'
import type { Facts, Rule } from '../../src/engine/rules/ruleset.ts'
import { formatCidr } from '../../src/net/cidr.ts'
import { ipFamily } from '../../src/net/ip.ts'
import { formatPortRange } from '../../src/net/port.ts'
import type { Comparison } from '../comparison.ts'
import { questionsTo, rulesetOf } from '../engine/many-rules.ts'
import { contest, type Figures, way } from '../contest.ts'
import { perSecond } from './speed.ts'

const COUNTS = [10, 1_000, 10_000, 100_000]
/** Three times what the cache holds, asked in turn, so that every question misses. */
const MANY_QUESTIONS = 30_000
const FEW_QUESTIONS = 1_000

type Ask = (facts: Facts) => unknown

export function compareVerdicts(rounds: number): Promise<Comparison> {
  const sizes = COUNTS.map((count) => ({
    figure: `ns at ${count} rules`,
    many: questionsTo(count, MANY_QUESTIONS),
    few: questionsTo(count, FEW_QUESTIONS),
    evaluate: evaluatorOf(count),
    scan: scannerOf(rulesetOf(count).rules),
  }))
  const figures = (costOf: (size: (typeof sizes)[number]) => number): Figures =>
    Object.fromEntries(sizes.map((size) => [size.figure, costOf(size)]))
  return contest(
    {
      id: 'verdicts',
      title: 'CPU time of a verdict, by the number of rules',
      figure: sizes.at(-1)?.figure ?? '',
      isMoreBetter: false,
    },
    rounds,
    [
      way('Portcullis', () => figures(({ evaluate, many }) => nanoseconds(evaluate, many))),
      way('Portcullis, asked before', () =>
        figures(({ evaluate, few }) => nanoseconds(evaluate, few)),
      ),
      way('one rule after the other', () => figures(({ scan, few }) => nanoseconds(scan, few))),
    ],
  )
}

/** `undefined` where there is no nft that this user may call. */
export function compareLoading(rounds: number, count: number): Promise<Comparison> {
  const { rules } = rulesetOf(count)
  const own = `version: 1\nrules:\n${rules.map(yamlOf).join('')}`
  const ruleset = load([{ name: 'bench.yaml', text: own }]).ruleset
  if (ruleset === undefined) throw new Error('the rules of the benchmark are not sound')
  const foreign = `table inet bench {\nchain rules {\n${rules.map(nftOf).join('')}}\n}\n`
  const nft = (text: string): boolean =>
    spawnSync('nft', ['-c', '-f', '-'], { input: text, stdio: ['pipe', 'ignore', 'ignore'] })
      .status === 0
  const peers = nft('') ? [way('nft -c -f', () => seconds(() => nft(foreign)))] : []
  return contest(
    {
      id: 'loading',
      title: `Loading ${count} rules from text`,
      figure: 'seconds',
      isMoreBetter: false,
    },
    rounds,
    [
      way('Portcullis', () =>
        seconds(() => {
          const loaded = load([{ name: 'bench.yaml', text: own }]).ruleset
          return loaded !== undefined && createEvaluator(loaded) !== undefined
        }),
      ),
      way('Portcullis, but for reading', () =>
        seconds(() => createEvaluator(ruleset) !== undefined),
      ),
      ...peers,
    ],
  )
}

function nanoseconds(ask: Ask, questions: readonly Facts[]): number {
  let next = 0
  const verdicts = perSecond(() => {
    for (let asked = 0; asked < 100; asked++) {
      const facts = questions[next]
      if (facts !== undefined) ask(facts)
      next = next + 1 === questions.length ? 0 : next + 1
    }
    return 100
  })
  return 1e9 / verdicts
}

function seconds(run: () => boolean): Figures {
  const start = performance.now()
  if (!run()) throw new Error('rules were not read')
  return { seconds: (performance.now() - start) / 1000 }
}

function evaluatorOf(count: number): Ask {
  const evaluator = createEvaluator(rulesetOf(count))
  return (facts) => evaluator.evaluate(facts)
}

/** The obvious way: rules as numbers, looked at in their order. */
function scannerOf(rules: readonly Rule[]): Ask {
  const compiled = rules.map(compileRule)
  return (facts) => compiled.find((rule) => matches(rule, facts))
}

function matches({ rule, from, to, portLow, portHigh }: CompiledRule, facts: Facts): boolean {
  return (
    rule.kind === facts.kind &&
    portLow <= facts.port &&
    facts.port <= portHigh &&
    holds(from, facts.from) &&
    holds(to, facts.to)
  )
}

function holds(blocks: CompiledRule['from'], address: Facts['from']): boolean {
  if (blocks === undefined) return true
  const family = ipFamily(address)
  const value = addressValue(address)
  return blocks.some(
    (block) => block.family === family && block.low <= value && value <= block.high,
  )
}

function yamlOf({ action, kind, from = [], to = [], port }: Rule): string {
  const blocks = (cidrs: Rule['from']): string => JSON.stringify(cidrs?.map(formatCidr))
  const ports = port === undefined || kind === 'control' ? '' : `, port: ${formatPortRange(port)}`
  return `  - { ${action}: ${kind}, from: ${blocks(from)}, to: ${blocks(to)}${ports} }\n`
}

function nftOf({ action, from = [], to = [], port }: Rule): string {
  const condition = (way: 'saddr' | 'daddr', [block]: NonNullable<Rule['from']>): string =>
    block === undefined
      ? ''
      : `${ipFamily(block.address) === 4 ? 'ip' : 'ip6'} ${way} ${formatCidr(block)} `
  const ports = port === undefined ? '' : `tcp dport ${formatPortRange(port)} `
  const verdict = action === 'permit' ? 'accept' : 'drop'
  return `${condition('saddr', from)}${condition('daddr', to)}${ports}${verdict}\n`
}
