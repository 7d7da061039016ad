import { describe, expect, test } from 'vitest'
import { TlsObserver } from '../../src/engine/tls/observer.ts'
import {
  clientFinished,
  clientHello,
  closeNotify,
  openLines,
  sealLine,
  serverFinished,
  serverHello,
  type TlsManner,
} from '../../src/explain/tls-bytes.ts'

describe.each(['1.2', '1.3'] as const)('TLS %s', (version) => {
  const manner: TlsManner = {
    version,
    serverName: 'ftp.example.org',
    cipherSuite: version === '1.3' ? 0x1301 : 0xc02f,
  }

  function established(): TlsObserver {
    const observer = new TlsObserver()
    observer.take('client', clientHello(manner))
    observer.take('server', serverHello(manner))
    observer.take('client', clientFinished(manner))
    const last = serverFinished(manner)
    if (last !== undefined) observer.take('server', last)
    return observer
  }

  test('an observer sees a whole handshake and who is called', () => {
    const observer = new TlsObserver()
    expect(observer.take('client', clientHello(manner)).facts).toMatchObject([
      { type: 'clientHello', hello: { cipherSuites: [manner.cipherSuite] } },
    ])
    expect(established().progress).toBe('established')
  })

  test('a client that names nobody', () => {
    const { facts } = new TlsObserver().take(
      'client',
      clientHello({ ...manner, serverName: undefined }),
    )
    expect(facts).toMatchObject([{ type: 'clientHello' }])
    expect(JSON.stringify(facts)).not.toContain('serverName')
  })

  test('lines pass sealed, and text after close_notify is seen as text', () => {
    const observer = established()
    const sealed = sealLine('PORT 1,2,3,4,5,6\r\n')
    expect(Buffer.from(sealed).toString('latin1')).not.toContain('PORT')
    expect(observer.take('client', sealed).clearFrom).toBeUndefined()
    observer.take('server', sealLine('200 ok\r\n'))
    observer.take('client', closeNotify(manner))
    expect(observer.take('client', Buffer.from('NOOP\r\n'))).toMatchObject({
      clearFrom: 0,
      facts: [{ type: 'clear', hasCloseNotify: true }],
    })
  })

  test('a peer reads what was sealed, and text', () => {
    const all = Buffer.concat([
      serverHello(manner),
      sealLine('220 hello\r\n'),
      closeNotify(manner),
      Buffer.from('200 clear\r\n'),
    ])
    expect(openLines(all)).toBe('220 hello\r\n200 clear\r\n')
  })
})
