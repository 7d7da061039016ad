import { expect, test } from 'vitest'
import { FtpClient } from '../../src/demo/client.ts'
import { demoFiles } from '../../src/demo/demo-files.ts'
import { scriptedSession } from '../../src/demo/script.ts'
import { directory, file, findEntry } from '../../src/demo/server/file-tree.ts'
import { startFtpServer } from '../../src/demo/server/server.ts'

test('the session goes as written against the embedded server', async () => {
  const root = demoFiles()
  const server = await startFtpServer({ root, host: '127.0.0.1' })
  const client = await FtpClient.connect(server.endpoint)
  const outcomes: string[] = []
  for (const step of scriptedSession(root)) outcomes.push(await step.perform(client))
  const entry = findEntry(root, '/welcome.txt')
  const welcome = entry?.type === 'file' ? entry.bytes.length : 0
  expect(outcomes.map((outcome) => outcome.replaceAll(/port \d+/g, 'port N'))).toEqual([
    'greeted and logged in',
    '3 entries through port N',
    '108,556 bytes through port N, exactly as they were sent',
    `${welcome} bytes through port N, exactly as they were sent`,
    'refused with 501, and the session goes on',
    'said goodbye',
  ])
  await server.close()
})

test('a changed byte does not go unnoticed', async () => {
  const expected = directory('', [file('welcome.txt', 'as it was')])
  const served = directory('', [file('welcome.txt', 'as it is.')])
  const server = await startFtpServer({ root: served, host: '127.0.0.1' })
  const client = await FtpClient.connect(server.endpoint)
  const [logIn, , , active] = scriptedSession(expected)
  await logIn?.perform(client)
  await expect(active?.perform(client)).rejects.toThrow('/welcome.txt did not arrive as it was')
  client.close()
  await server.close()
})
