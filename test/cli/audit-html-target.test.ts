import { link, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkTarget, explainWrite } from '../../src/cli/audit-html-target.ts'
import { EnvironmentError } from '../../src/cli/environment-error.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { LogSource } from '../../src/shell/log-reader/log-source.ts'
import { temporaryFolder } from './program.ts'

describe('checkTarget', () => {
  test('a log under any of its names, and whatever is no report', async () => {
    const folder = await temporaryFolder()
    const at = (name: string): string => join(folder, name)
    await writeFile(at('log'), '<!doctype html but a log')
    await link(at('log'), at('hard'))
    await symlink('log', at('soft'))
    await writeFile(at('notes'), 'not a report')
    await mkdir(at('folder'))
    const sources = [await LogSource.open(at('log'))]
    for (const name of ['log', 'hard', 'soft']) {
      await expect(checkTarget(at(name), sources)).rejects.toThrow(UsageError)
      await expect(checkTarget(at(name), sources)).rejects.toThrow('that is a log to be read')
    }
    await expect(checkTarget(at('notes'), sources)).rejects.toThrow('that file is there and is no')
    await expect(checkTarget(at('folder'), sources)).rejects.toThrow('that is a folder')
    await expect(checkTarget('/dev/null', sources)).rejects.toThrow('that is no file')
  })

  test('an older report, an empty file and a new name are fine', async () => {
    const folder = await temporaryFolder()
    const at = (name: string): string => join(folder, name)
    await writeFile(at('old'), '<!DOCTYPE html>\n<html></html>')
    await writeFile(at('empty'), '')
    for (const name of ['old', 'empty', 'new'])
      await expect(checkTarget(at(name), [])).resolves.toBeUndefined()
  })
})

test('explainWrite says it in one line, with the name that was given', async () => {
  const failing = (code: string, message: string) => () =>
    Promise.reject(Object.assign(new Error(message), { code }))
  const told = explainWrite('/a/b.html', failing('ENOENT', 'ENOENT: no, open /a/b.html.partial'))
  await expect(told).rejects.toThrow('cannot write /a/b.html: there is no folder /a')
  await expect(told).rejects.toThrow(EnvironmentError)
  await expect(
    explainWrite('/a/b.html', failing('EIO', "EIO: i/o error, write '/a/b.html.1.partial'")),
  ).rejects.toThrow(/^cannot write \/a\/b\.html: EIO: i\/o error$/)
  expect(await explainWrite('/a', () => Promise.resolve(1))).toBe(1)
})
