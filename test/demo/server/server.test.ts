import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { demoFiles } from '../../../src/demo/demo-files.ts'
import { findEntry } from '../../../src/demo/server/file-tree.ts'
import { type FtpServer, startFtpServer } from '../../../src/demo/server/server.ts'
import { formatEndpoint } from '../../../src/net/endpoint.ts'

const run = promisify(execFile)
const root = demoFiles()
const primes = findEntry(root, '/numbers/primes.txt')

describe.each(['127.0.0.1', '::1'])('on %s', (host) => {
  let server: FtpServer
  beforeAll(async () => {
    server = await startFtpServer({ root, host })
  })
  afterAll(() => server.close())

  const curl = async (path: string, ...options: readonly string[]): Promise<string> => {
    const url = `ftp://${formatEndpoint(server.endpoint)}${path}`
    const { stdout } = await run('curl', ['-sS', '-g', '--max-time', '20', ...options, url])
    return stdout
  }
  const ways = [
    [],
    ['-P', '-'],
    ...(host === '::1' ? [] : [['--disable-epsv'], ['-P', '-', '--disable-eprt']]),
  ]

  describe.runIf(existsSync('/usr/bin/curl'))('curl', () => {
    test.each(ways)('downloads a file with %s %s %s', async (...options) => {
      const received = await curl('/numbers/primes.txt', ...options)
      expect(primes?.type === 'file' && Buffer.from(primes.bytes).toString()).toBe(received)
    })

    test('lists directories, resumes, and asks for size and date', async () => {
      expect(await curl('/numbers/')).toContain('primes.txt')
      expect(await curl('/', '-l')).toBe('welcome.txt\ntwo-connections.txt\nnumbers\n')
      expect(await curl('/numbers/primes.txt', '-r', '6-9')).toBe('7\n11')
      expect(await curl('/numbers/primes.txt', '-I')).toContain('Content-Length: 108556')
    })

    test('can upload nothing', async () => {
      await expect(curl('/', '-T', 'package.json')).rejects.toThrow(/550/)
    })
  })

  test('closing ends open sessions', async () => {
    const other = await startFtpServer({ root, host })
    await other.close()
    await expect(startFtpServer({ root, host, port: server.endpoint.port })).rejects.toThrow(
      /EADDRINUSE/,
    )
  })
})
