/**
 * What an audit costs: a synthetic packet log in the temporary directory, summarised, filtered,
 * printed and verified by the program itself, each in a process of its own whose memory is measured.
 *
 *     npm run build && npx tsc --noEmit false --rootDir . --outDir dist-bench
 *     node dist-bench/bench/audit.js [megabytes]
 *
 * AUDIT_LOG=FILE measures with a log of one's own.
 */
import { spawn } from 'node:child_process'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GENESIS, sealFirstLine, sealLine } from '../src/record/hash-chain.ts'

const MAIN = join(process.cwd(), 'dist', 'cli', 'main.js')
const CLIENTS = 200_000
const USERS = 5_000
const CONCURRENT = 400

const QUESTIONS: readonly (readonly string[])[] = [
  ['--by', 'client'],
  ['--by', 'user'],
  ['--by', 'rule'],
  ['--by', 'reason'],
  ['--by', 'hour'],
  ['--verdict', 'refused', '--format', 'table'],
  ['--client', '10.0.7.0/24', '--format', 'json'],
  ['--path', '*.zip', '--min-bytes', '9M', '--format', 'csv'],
  ['--user', 'user17', '--format', 'ladder'],
  ['--format', 'json'],
  ['--format', 'table'],
  ['verify'],
]

const megabytes = Number(process.argv[2] ?? 1000)
const given = process.env['AUDIT_LOG']
const directory = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
try {
  const file = given ?? join(directory, 'synthetic.log.jsonl')
  if (given === undefined) writeLog(file, megabytes * 1e6)
  const bytes = statSync(file).size
  console.log(`${file}: ${(bytes / 1e6).toFixed(0)} MB`)
  console.log(
    `${'audit'.padEnd(52)}${'seconds'.padStart(9)}${'MB/s'.padStart(8)}${'peak RSS'.padStart(11)}`,
  )
  for (const question of QUESTIONS) {
    const { seconds, cpuSeconds, rssMegabytes } = await ask(question, file)
    console.log(
      [
        question.join(' ').padEnd(52),
        seconds.toFixed(1).padStart(8),
        (bytes / 1e6 / seconds).toFixed(0).padStart(7),
        cpuSeconds.toFixed(1).padStart(8),
        `${rssMegabytes.toFixed(0)} MB`.padStart(10),
      ].join(' '),
    )
  }
} finally {
  rmSync(directory, { recursive: true, force: true })
}

interface Cost {
  readonly seconds: number
  /** Of user and system; what the machine is busy with besides does not count. */
  readonly cpuSeconds: number
  readonly rssMegabytes: number
}

/** Runs the program; what it costs are the kernel's own counts, read while it runs. */
function ask(question: readonly string[], file: string): Promise<Cost> {
  return new Promise((resolve, reject) => {
    const args = question[0] === 'verify' ? ['audit', 'verify', file] : ['audit', file, ...question]
    const start = performance.now()
    const child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    let [cpuSeconds, rssMegabytes] = [0, 0]
    const timer = setInterval(() => {
      cpuSeconds = Math.max(cpuSeconds, cpuOf(child.pid))
      rssMegabytes = Math.max(rssMegabytes, peakOf(child.pid))
    }, 20)
    child.once('error', reject)
    child.once('close', (code) => {
      clearInterval(timer)
      const seconds = (performance.now() - start) / 1000
      if (code === 0) resolve({ seconds, cpuSeconds, rssMegabytes })
      else reject(new Error(`audit ${args.join(' ')} ended with ${code}`))
    })
  })
}

function peakOf(pid: number | undefined): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(processFile(pid, 'status'))?.[1] ?? 0
  return Number(kilobytes) / 1000
}

/** Fields 14 and 15 of proc(5), in hundredths of a second. */
function cpuOf(pid: number | undefined): number {
  const fields = processFile(pid, 'stat').split(' ')
  return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) / 100
}

function processFile(pid: number | undefined, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}

/** Sessions of many clients, interleaved, with the records that real ones leave. */
function writeLog(file: string, bytes: number): void {
  const fd = openSync(file, 'w')
  const sessions: Generator<object>[] = []
  let [previous, seq, written, opened] = [GENESIS, 0, 0, 0]
  let pending: string[] = []
  const flush = (): void => {
    const text = `${pending.join('\n')}\n`
    written += writeSync(fd, text)
    pending = []
  }
  const write = (record: object): void => {
    seq += 1
    const time = new Date(Date.UTC(2026, 0, 1) + seq * 7).toISOString()
    const body = JSON.stringify({ time, seq, ...record })
    const sealed = seq === 1 ? sealFirstLine(previous, body) : sealLine(previous, body)
    previous = sealed.hash
    pending.push(sealed.line)
    if (pending.length >= 2000) flush()
  }
  write({ type: 'log.start', version: '0.1.0', rules: 'rules.yaml' })
  while (written < bytes) {
    while (sessions.length < CONCURRENT) sessions.push(sessionRecords((opened += 1)))
    const at = (seq * 7919) % sessions.length
    const next = sessions[at]?.next()
    if (next === undefined || next.done === true) sessions.splice(at, 1)
    else write(next.value)
  }
  write({ type: 'log.stop' })
  flush()
  closeSync(fd)
}

/** A few clients come often, most of them once. */
function* sessionRecords(number: number): Generator<object> {
  const who = number % 3 === 0 ? number % 50 : (number * 7919) % CLIENTS
  const client = `10.${who >> 16}.${(who >> 8) & 255}.${who & 255}`
  const port = 20000 + (number % 40000)
  const id = `bench-${number}`
  const of = { session: id, client: `${client}:${port}`, server: '10.200.200.1:21' }
  const reply = (code: number, text: string, verb?: string): object => ({
    type: 'control.reply',
    ...of,
    code,
    text,
    lines: 1,
    verb,
  })
  const command = (verb: string, argument?: string): object => ({
    type: 'control.command',
    ...of,
    verb,
    argument,
  })
  yield {
    type: 'session.open',
    ...of,
    listener: 'public',
    local: '203.0.113.10:21',
    rule: 'partners',
    profile: 'default',
  }
  yield reply(220, 'ProFTPD Server (files.example.com) [10.200.200.1]')
  yield command('USER', `user${number % USERS}`)
  yield reply(331, `Password required for user${number % USERS}`, 'USER')
  yield command('PASS')
  yield reply(230, `User user${number % USERS} logged in`, 'PASS')
  let [toClientBytes, refusals] = [0, 0]
  for (let transfer = 1; transfer <= 1 + (number % 4); transfer++) {
    const pinhole = `${id}/p${transfer}`
    const path = `/pub/${number % 100}/file-${transfer}.${number % 10 === 0 ? 'zip' : 'csv'}`
    const bytes = (number * 104_729) % 10_000_000
    toClientBytes += bytes
    yield command('PASV')
    yield {
      type: 'pinhole.open',
      ...of,
      pinhole,
      mode: 'passive',
      peer: client,
      listening: `203.0.113.10:${50000 + (number % 100)}`,
      dial: '10.200.200.1:60010',
      rule: 'partners: passive data',
      ttlMs: 30000,
    }
    yield {
      type: 'rewrite',
      ...of,
      form: '227',
      before: '10.200.200.1:60010',
      after: `203.0.113.10:${50000 + (number % 100)}`,
    }
    yield reply(227, 'Entering Passive Mode (203,0,113,10,195,80).', 'PASV')
    yield { type: 'pinhole.use', ...of, pinhole, peer: `${client}:${port + 1}` }
    yield { type: 'pinhole.close', ...of, pinhole, reason: 'used' }
    yield command('RETR', path)
    const data = { ...of, pinhole, verb: 'RETR', path }
    yield {
      type: 'data.open',
      ...data,
      mode: 'passive',
      from: `${client}:1`,
      to: '10.200.200.1:60010',
    }
    yield reply(150, `Opening BINARY mode data connection for ${path} (${bytes} bytes)`, 'RETR')
    yield {
      type: 'data.close',
      ...data,
      toClientBytes: bytes,
      toServerBytes: 0,
      durationMs: 51,
      cause: 'end',
    }
    yield reply(226, 'Transfer complete', 'RETR')
  }
  if (number % 7 === 0) {
    refusals = 1
    yield command('PORT', '198,51,100,66,19,137')
    yield {
      type: 'verdict',
      ...of,
      verdict: 'reject',
      reason: 'port.foreign-address',
      side: 'client',
      verb: 'PORT',
      argument: '198,51,100,66,19,137',
      detail: `peer ${client}`,
    }
    yield { ...reply(501, 'The announced address is not yours.', 'PORT'), local: true }
  }
  yield command('QUIT')
  yield reply(221, 'Goodbye.', 'QUIT')
  yield {
    type: 'session.close',
    ...of,
    reason: 'quit',
    durationMs: 4200,
    commands: 9,
    transfers: 1 + (number % 4),
    toClientBytes,
    toServerBytes: 0,
    refusals,
  }
}
