import { describe, expect, onTestFinished, test } from 'vitest'
import { SystemCallError } from '../../../src/shell/native/libc.ts'
import { errorNumber, formatRequest } from '../../../src/shell/netlink/message.ts'
import { failure, NetlinkSocket } from '../../../src/shell/netlink/netlink-socket.ts'

const NO_SUCH_SUBSYSTEM = 200

describe('a netlink socket', () => {
  test('has nothing to read before anything was asked, and does not wait', () => {
    expect(opened().receive()).toBe('nothing')
  })

  test('answers each question with its own errno', () => {
    const socket = opened()
    const answers = [1, 2].map(() => {
      const sequence = socket.nextSequence()
      return socket.ask(question(sequence), sequence)
    })
    // EINVAL: there is no such subsystem; EPERM: one has to be root to be told.
    for (const answer of answers) expect([22, 1]).toContain(answer)
  })

  test('leaves an answer nobody waits for, and finds the one that was asked for', () => {
    const socket = opened()
    socket.send(question(77))
    expect(socket.ask(question(78), 78)).toBeTypeOf('number')
    expect(socket.receive()).toBe('nothing')
  })

  test('says when there is no answer to what was asked', () => {
    expect(() => opened().ask(question(1), 2)).toThrow(/^netlink: ENOMSG$/)
  })

  test('numbers its questions', () => {
    const socket = opened()
    expect([socket.nextSequence(), socket.nextSequence()]).toEqual([1, 2])
  })

  test('may be given room', () => {
    expect(() => opened().enlargeReceiveBuffer(1 << 20)).not.toThrow()
  })

  test('is closed once, and then of no use', () => {
    const socket = NetlinkSocket.open()
    socket.close()
    socket.close()
    expect(() => socket.receive()).toThrow(/^recv: EBADF$/)
    expect(() => socket.enlargeReceiveBuffer(1)).toThrow(SystemCallError)
  })
})

describe('a failure', () => {
  test.each([
    [2, 'get: ENOENT'],
    [4_000, 'get: errno 4000'],
    [{ subsystem: 1, type: 0, sequence: 0, body: new Uint8Array() }, 'get: EPROTO'],
  ])('of %o', (answer, text) => {
    expect(failure('get', answer).message).toBe(text)
  })
})

test('an answer of another kind is no errno', () => {
  const message = { subsystem: 1, type: 0, sequence: 0, body: new Uint8Array(8) }
  expect(errorNumber(message)).toBeUndefined()
})

function question(sequence: number): Uint8Array {
  const asked = { subsystem: NO_SUCH_SUBSYSTEM, type: 0, flags: 5, family: 0, resource: 0 }
  return formatRequest({ ...asked, sequence, attributes: [] })
}

function opened(): NetlinkSocket {
  const socket = NetlinkSocket.open()
  onTestFinished(() => socket.close())
  return socket
}
