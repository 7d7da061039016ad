import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Logger, pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { chooseRules } from '../../src/cli/rule-choice.ts'
import { temporaryFolder } from './program.ts'

const FRONT_DOOR = { listen: '127.0.0.1:2121', server: '127.0.0.2:21' }

function rules(more: string = ''): string {
  return `version: 1
listeners:
  - { name: it, listen: 127.0.0.1:2121, server: 127.0.0.2:21, server-passive-ports: 60000-60009 }
rules:
  - { permit: control, from: any, to: any, port: 21 }
  - { permit: passive-data, from: any, to: any, port: 1024-65535 }
${more}`
}

test('a front door has a name, and nothing to reload', async () => {
  const { logger, said } = listeningLogger()
  const choice = await chooseRules([], FRONT_DOOR, { logger })
  expect(choice.name).toBe('front door 127.0.0.1:2121 to 127.0.0.2:21')
  expect(await choice.reload()).toBeUndefined()
  expect(said).toEqual(['no rule file to reload: the front door stays as it is'])
})

test('warnings are logged, at the start and when the files are read again', async () => {
  const { logger, said } = listeningLogger()
  const file = await ruleFile(rules())
  const choice = await chooseRules([file], {}, { logger })
  expect(choice.name).toBe(file)
  expect(said).toEqual([`${file}:4:1 no rule permits active-data: PORT and EPRT will fail`])
  await writeFile(file, rules('  - { permit: active-data, from: any, to: any }\n'))
  expect((await choice.reload())?.ruleset.rules).toHaveLength(3)
  expect(said).toHaveLength(1)
})

test('errors keep it from starting, and later from replacing what runs', async () => {
  const { logger, said } = listeningLogger()
  const file = await ruleFile('version: 1\n')
  const printed = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await expect(chooseRules([file], {}, { logger })).rejects.toThrow(
    /^not started: the rule files have \d errors?$/,
  )
  expect(printed.mock.calls.join('')).toContain(`${file}:1:1 error`)
  printed.mockRestore()
  await writeFile(file, rules())
  const choice = await chooseRules([file], {}, { logger })
  said.length = 0
  await writeFile(file, rules('bogus: 1\n'))
  expect(await choice.reload()).toBeUndefined()
  expect(said.at(0)).toMatch(/unknown key "bogus"|no rule permits/)
  expect(said.at(-1)).toBe('rules not reloaded, 1 error: the old rules stay')
})

test('K13 a file that others can write to does not start, and does not replace what runs', async () => {
  const { logger, said } = listeningLogger()
  const file = await ruleFile(rules())
  const choice = await chooseRules([file], {}, { logger, refuseWritable: true })
  await chmod(file, 0o666)
  said.length = 0
  expect(await choice.reload()).toBeUndefined()
  expect(said).toEqual([
    expect.stringContaining('other users can write to this file, and so change the rules'),
    expect.stringContaining('no rule permits active-data'),
    'rules not reloaded, 1 error: the old rules stay',
  ])
  const printed = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  const again = chooseRules([file], {}, { logger, refuseWritable: true })
  await expect(again).rejects.toThrow('not started: the rule files have 1 error')
  printed.mockRestore()
  expect((await chooseRules([file], {}, { logger })).ruleset.rules).toHaveLength(2)
})

async function ruleFile(text: string): Promise<string> {
  const path = join(await temporaryFolder(), 'rules.yaml')
  await writeFile(path, text, { mode: 0o600 })
  return path
}

function listeningLogger(): { readonly logger: Logger; readonly said: string[] } {
  const said: string[] = []
  const write = (line: string): void => {
    const { msg } = JSON.parse(line) as { readonly msg: string }
    said.push(msg)
  }
  return { logger: pino({ level: 'info' }, { write }), said }
}
