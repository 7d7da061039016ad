import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { PROJECT_ROOT } from '../support/project-root.ts'

function run(code: string): { readonly status: number | null; readonly stderr: string } {
  const guarded = `import { guardProcess } from './dist/cli/internal-error.js'\nguardProcess()\n${code}`
  return spawnSync(process.execPath, ['--input-type=module', '-e', guarded], {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
    timeout: 30_000,
  })
}

test('a mistake of ours stops the process, with one line and exit code 70', () => {
  const { status, stderr } = run("setTimeout(() => { throw new Error('we\\nerred') })")
  expect(status).toBe(70)
  expect(stderr).toMatch(/^portcullis: internal error, stopping: Error: we \| erred \| [^\n]*\n$/)
})

test('a reader that has gone is no mistake', () => {
  const { status } = run(
    "process.stdout.emit('error', Object.assign(new Error(), { code: 'EPIPE' }))",
  )
  expect(status).toBe(0)
})
