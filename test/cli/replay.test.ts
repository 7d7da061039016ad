import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { verifyChain } from '../../src/record/hash-chain.ts'
import { smallCapture } from '../replay/format/support.ts'
import { portcullis, temporaryFolder } from './program.ts'

const RULES = `version: 1
listeners:
  - { name: public, listen: 203.0.113.1:21, server: 198.51.100.20:21 }
rules:
  - { permit: control, from: 192.0.2.10, to: 198.51.100.20, name: ten }
  - { permit: passive-data, from: any, to: 198.51.100.20, port: 1024-65535 }
`
const OTHER = RULES.replace('from: 192.0.2.10', 'from: 192.0.2.11')

async function folder(): Promise<string> {
  const made = await temporaryFolder()
  await writeFile(join(made, 'a.pcap'), smallCapture(), { mode: 0o600 })
  await writeFile(join(made, 'a.pcap.gz'), gzipSync(smallCapture()))
  await writeFile(join(made, 'a.yaml'), RULES, { mode: 0o600 })
  await writeFile(join(made, 'b.yaml'), OTHER, { mode: 0o600 })
  return made
}

test('a table, by the rules of a file and through its listener', async () => {
  const cwd = await folder()
  const { code, stdout, stderr } = await portcullis(['replay', 'a.pcap.gz', '--rules', 'a.yaml'], {
    cwd,
  })
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain('control · rule "ten"')
  expect(stdout).toContain('227 · 198.51.100.20:40000  → 203.0.113.1:')
  expect(stdout).toContain('refused   control · rule.none')
  expect(stdout).toMatch(/2 control connections\n$/)
})

test('a gzip file that is cut is read as far as it goes, and ends as a cut capture does', async () => {
  const cwd = await folder()
  const packed = gzipSync(smallCapture())
  await writeFile(join(cwd, 'cut.pcap.gz'), packed.subarray(0, packed.length - 20))
  const table = await portcullis(['replay', 'cut.pcap.gz'], { cwd })
  expect(table.code).toBe(1)
  expect(table.stdout).toMatch(/control connections; the capture is not whole: cut-short\n$/)
  expect(table.stderr).toContain('cut.pcap.gz: the file ends within a packet')
  const { code, stdout } = await portcullis(['replay', 'cut.pcap.gz', '--format', 'json'], { cwd })
  expect(code).toBe(1)
  const [end, stop] = stdout.trimEnd().split('\n').slice(-2)
  expect(end).toMatch(/"type":"capture.end".*"problem":"cut-short"/)
  expect(stop).toContain('"type":"log.stop"')
})

test('a rule file of another place: the server is named', async () => {
  const cwd = await folder()
  const elsewhere = RULES.replaceAll('198.51.100.20', '198.51.100.99')
  await writeFile(join(cwd, 'c.yaml'), elsewhere, { mode: 0o600 })
  const { stderr } = await portcullis(['replay', 'a.pcap', '--rules', 'c.yaml'], { cwd })
  expect(stderr).toMatch(/^portcullis: every session was refused: .* to 198\.51\.100\.20:21\. /)
})

test('JSON that is a packet log', async () => {
  const cwd = await folder()
  const { stdout } = await portcullis(['replay', 'a.pcap', '--format', 'json'], { cwd })
  expect(verifyChain(stdout.trimEnd().split('\n'))).toMatchObject({
    firstBreak: undefined,
    isStopped: true,
  })
})

test('what other rules would have decided differently: exit code 1', async () => {
  const cwd = await folder()
  const same = await portcullis(['replay', 'a.pcap', '--rules', 'a.yaml', '--diff', 'a.yaml'], {
    cwd,
  })
  expect([same.code, same.stdout]).toEqual([0, 'No decision differs.\n'])
  const other = await portcullis(['replay', 'a.pcap', '--rules', 'a.yaml', '--diff', 'b.yaml'], {
    cwd,
  })
  expect(other.code).toBe(1)
  expect(other.stdout).toContain('- permit control · rule "ten"')
  expect(other.stdout).toContain('+ refused control · rule.none')
})

test.each([
  [['replay'], 2, 'name the capture file'],
  [['replay', 'a.pcap', 'a.pcap.gz'], 2, 'one capture at a time'],
  [['replay', 'a.pcap', '--port', '70000'], 2, '--port 70000: a port is 1 to 65535'],
  [['replay', 'a.pcap', '--port', 'foo'], 2, '--port foo: a port is 1 to 65535'],
  [
    ['replay', 'a.pcap', '--rules', 'a.yaml', '--listener', 'x'],
    2,
    'there is no listener x; there is: public',
  ],
  [['replay', 'a.pcap', '--diff', 'a.yaml', '--format', 'csv'], 2, '--diff has no format csv'],
  [['replay', 'missing.pcap'], 1, 'missing.pcap: there is no such file'],
  [['replay', 'a.yaml'], 1, 'this is neither a pcap nor a pcapng file'],
])('%j: exit code %i', async (argv, code, problem) => {
  const result = await portcullis(argv, { cwd: await folder() })
  expect(result.code).toBe(code)
  expect(result.stderr).toContain(`portcullis: `)
  expect(result.stderr).toContain(problem)
})
