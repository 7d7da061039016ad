/** Hostile-peer cases that are met by what the program does not do at all. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(`src/${file}`, 'utf8') }))

function importers(module: string): readonly string[] {
  return sources
    .filter(({ text }) => new RegExp(`from '(?:node:)?${module}'`).test(text))
    .map(({ file }) => file)
}

test('L11 nothing of a peer reaches a shell: one program is run, and none through a shell', () => {
  expect(importers('child_process')).toEqual(['shell/intercept/ip-command.ts'])
  const text = sources.find(({ file }) => file === 'shell/intercept/ip-command.ts')?.text ?? ''
  expect(text).not.toMatch(/\bexec(?:Sync)?\(|shell: true/)
})

test('R22 names are looked up once, for the command line, and addresses never', () => {
  expect([...importers('dns'), ...importers('dns/promises')]).toEqual(['cli/server-argument.ts'])
})

test('T27 what TLS carries has no key here: nothing opens it', () => {
  expect(importers('tls')).toEqual([])
})
