import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { load } from '../../src/engine/rules/load.ts'

const readme = readFileSync('README.md', 'utf8')
const ci = readFileSync('.ci/run', 'utf8')
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}

function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    (match) => match[1] ?? '',
  )
}

describe('README.md', () => {
  test('every rule file in it loads without a word', () => {
    const samples = blocks('yaml')
    expect(samples.length).toBeGreaterThan(0)
    for (const text of samples)
      expect(load([{ name: 'README.md', text }], { forRunning: true }).diagnostics).toEqual([])
  })

  test('its npm scripts exist, and its test command is the one CI runs', () => {
    const scripts = [...readme.matchAll(/npm (?:run ([\w:]+)|(start|test))/g)].map(
      (match) => match[1] ?? match[2] ?? '',
    )
    expect(scripts.length).toBeGreaterThan(2)
    expect(scripts.filter((script) => manifest.scripts[script] === undefined)).toEqual([])
    expect(readme).toContain('npm ci && npm test')
    expect(ci).toMatch(/^npm ci\b/m)
    expect(ci).toMatch(/\bnpm test\b/)
  })

  test('its portcullis commands and options are in the help', () => {
    const used = [...readme.matchAll(/^portcullis (\w+)(.*)$/gm)]
    expect(used.length).toBeGreaterThan(2)
    for (const [, command = '', rest = ''] of used) {
      const help = readFileSync(`test/cli/help/${command}.txt`, 'utf8')
      for (const [option] of rest.matchAll(/--[\w-]+/g)) expect(help).toContain(option)
    }
  })
})
