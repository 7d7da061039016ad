/** docs/operations.md says what the program does: rule files, options, and what is installed. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { needRestart } from '../../src/cli/need-restart.ts'
import type { Ruleset } from '../../src/engine/rules/ruleset.ts'
import { MARK } from '../../src/shell/data-path/kernel/table-names.ts'
import { Nftables } from '../../src/shell/native/nftables.ts'
import {
  formatInterceptionTable,
  type InterceptionPlan,
  installCommands,
  planInterception,
} from '../../src/shell/intercept/plan.ts'
import { INTERCEPT_MARK } from '../../src/shell/intercept/policy-routing.ts'
import { loadRuleFiles } from '../../src/shell/rule-files.ts'
import { requireNamespaces, useLab } from '../shell/intercept/lab.ts'

const doc = readFileSync('docs/operations.md', 'utf8')
const blocks = [...doc.matchAll(/^```text\n([^]*?)^```$/gm)].map(([, text = '']) => text)

/** What is in a block of the document, given a line of it. */
function blockWith(line: string): string {
  return blocks.find((text) => text.includes(line)) ?? ''
}

async function rulesetOf(path: string): Promise<Ruleset> {
  const { ruleset, diagnostics } = await loadRuleFiles([path], { forRunning: true })
  if (ruleset === undefined) throw new Error(JSON.stringify(diagnostics))
  return ruleset
}

async function planOf(path: string): Promise<InterceptionPlan> {
  const plan = planInterception(await rulesetOf(path))
  if (plan === undefined) throw new Error(`${path} does not intercept`)
  return plan
}

/** Of an interception, the table alone. */
function tableOf(plan: InterceptionPlan): string {
  return formatInterceptionTable(plan).replace(/^(?:add|delete) table .*\n/gm, '')
}

const RULE_FILES = [...new Set(doc.match(/rules\/[\w-]+\.yaml/g))]

test.each(RULE_FILES)('%s is there and runs', async (path) => {
  expect(existsSync(path)).toBe(true)
  await rulesetOf(path)
})

test('every option in it is one of the program', () => {
  const help = ['run', 'ports', 'check'].map((name) =>
    readFileSync(`test/cli/help/${name}.txt`, 'utf8'),
  )
  const used = blocks
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.startsWith('portcullis '))
    .flatMap((line) => line.match(/--[a-z-]+/g) ?? [])
  expect(used.length).toBeGreaterThan(3)
  expect(used.filter((option) => !help.some((text) => text.includes(option)))).toEqual([])
})

describe('what is installed', () => {
  test('redirect', async () => {
    const plan = await planOf('rules/gateway-redirect.yaml')
    expect(blockWith('chain lead_in')).toBe(tableOf(plan))
  })

  test('tproxy, with its policy routing', async () => {
    const plan = await planOf('rules/gateway-tproxy.yaml')
    const routing = installCommands(plan).filter((line) => line.startsWith('ip '))
    expect(blockWith('chain take_in')).toBe(`${routing.join('\n')}\n\n${tableOf(plan)}`)
  })
})

test('the marks are those of the program', () => {
  const strict = blockWith('policy drop')
  for (const mark of [MARK, INTERCEPT_MARK])
    expect(strict).toContain(`meta mark and 0x${mark.toString(16).padStart(8, '0')} != 0 accept`)
})

test('what takes a restart is named', async () => {
  const ruleset = await rulesetOf('rules/front-door.yaml')
  const other = {
    ...(await rulesetOf('rules/gateway-tproxy.yaml')),
    reservePorts: !ruleset.reservePorts,
  }
  const [, section = ''] = /^## Signals and reloading\n([^]*?)^## /m.exec(doc) ?? []
  const keys = needRestart(ruleset, other).flatMap((what) => what.split(' and '))
  expect(keys).toContain('data-path')
  for (const key of keys) expect(section).toContain(key === 'listeners' ? '`listen`' : `\`${key}\``)
})

describe('the kernel', () => {
  useLab()

  test('takes the table that goes beside ours', (context) => {
    requireNamespaces(context)
    const nft = Nftables.open()
    try {
      nft.run(blockWith('policy drop'))
      expect(nft.run('list table inet filter')).toContain('policy drop')
    } finally {
      nft.close()
    }
  })
})
