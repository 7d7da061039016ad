import { expect, test } from 'vitest'
import { PacketLogError } from '../../../src/shell/packet-log/packet-log-error.ts'

test('says in one line what is wrong, and has a code for programs', () => {
  const cause = new Error('EACCES')
  const error = new PacketLogError('packet-log.permission', 'packet log x cannot be opened', cause)
  expect(String(error)).toBe('PacketLogError: packet log x cannot be opened')
  expect(error).toMatchObject({ code: 'packet-log.permission', cause })
})
