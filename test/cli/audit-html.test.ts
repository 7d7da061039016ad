import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { syntheticLog } from '../report/synthetic-log.ts'
import { portcullis, temporaryFolder } from './program.ts'

describe('portcullis audit --html', () => {
  test('writes a report that only its owner can read', async () => {
    const folder = await temporaryFolder()
    const log = join(folder, 'log.jsonl')
    const path = join(folder, 'report.html')
    await writeFile(log, [...syntheticLog(5)].join('\n'))
    const { code, stdout, stderr } = await portcullis(['audit', log, '--html', path])
    expect(stderr).toBe('')
    expect(stdout).toMatch(/report\.html: \d sessions?, [\d.]+ kB\n$/)
    expect(code).toBe(0)
    const html = await readFile(path, 'utf8')
    expect(html).toContain('Portcullis report')
    expect(html).toContain('log.jsonl')
    expect(html.endsWith('</html>\n')).toBe(true)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await readdir(folder)).toSorted()).toEqual(['log.jsonl', 'report.html'])
  })

  test('filters apply to what is counted', async () => {
    const folder = await temporaryFolder()
    const log = join(folder, 'log.jsonl')
    await writeFile(log, [...syntheticLog(40)].join('\n'))
    const path = join(folder, 'report.html')
    const args = ['audit', log, '--html', path, '--client', '192.0.2.0/24']
    expect(await portcullis(args)).toMatchObject({ code: 0 })
    expect(await readFile(path, 'utf8')).toContain('<dt>Sessions</dt><dd>0</dd>')
  })

  test('a report that cannot be written: which and why, and the old one stays', async () => {
    const folder = await temporaryFolder()
    const log = join(folder, 'log.jsonl')
    await writeFile(log, [...syntheticLog(1)].join('\n'))
    const missing = await portcullis(['audit', log, '--html', join(folder, 'no', 'report.html')])
    expect(missing.code).toBe(1)
    expect(missing.stderr).toBe(
      `portcullis: cannot write ${join(folder, 'no', 'report.html')}: there is no folder ${join(folder, 'no')}\n`,
    )
    const old = join(folder, 'report.html')
    await writeFile(old, 'old')
    const unread = await portcullis(['audit', join(folder, 'none.jsonl'), '--html', old])
    expect(unread.code).toBe(1)
    expect(await readFile(old, 'utf8')).toBe('old')
  })

  test('a log is not overwritten, and an older report is', async () => {
    const folder = await temporaryFolder()
    const log = join(folder, 'log.jsonl')
    const text = [...syntheticLog(1)].join('\n')
    await writeFile(log, text)
    const { code, stderr } = await portcullis(['audit', log, '--html', log])
    expect(code).toBe(2)
    expect(stderr).toContain('that is a log to be read')
    expect(await readFile(log, 'utf8')).toBe(text)
    const path = join(folder, 'report.html')
    for (let round = 0; round < 2; round++)
      expect(await portcullis(['audit', log, '--html', path])).toMatchObject({ code: 0 })
  })

  test('- is standard output, and no file', async () => {
    const cwd = await temporaryFolder()
    await writeFile(join(cwd, 'log.jsonl'), [...syntheticLog(3)].join('\n'))
    const ended = await portcullis(['audit', 'log.jsonl', '--html', '-'], { cwd })
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toMatch(/^<!doctype html>/i)
    expect(ended.stdout.endsWith('</html>\n')).toBe(true)
    expect(await readdir(cwd)).toEqual(['log.jsonl'])
  })

  test('is neither a count nor another format', async () => {
    const counted = await portcullis(['audit', 'x', '--html', 'y', '--by', 'user'])
    expect(counted.code).toBe(2)
    const formatted = await portcullis(['audit', 'x', '--html', 'y', '--format', 'csv'])
    expect(formatted.code).toBe(2)
    expect(formatted.stderr).toContain('leave out --format csv')
  })
})
