import { expect, test } from 'vitest'
import { defaultSocketPath } from '../../../src/shell/admin/socket-path.ts'

test.each([
  [0, '/run/user/0', '/run/portcullis/admin.sock'],
  [1000, '/run/user/1000', '/run/user/1000/portcullis/admin.sock'],
  [1000, undefined, '/tmp/portcullis-1000/admin.sock'],
  [1000, '', '/tmp/portcullis-1000/admin.sock'],
  [1000, 'relative', '/tmp/portcullis-1000/admin.sock'],
  [undefined, undefined, '/tmp/portcullis-user/admin.sock'],
])('of user %s with runtime folder %j', (user, runtimeFolder, path) => {
  expect(defaultSocketPath({ user, runtimeFolder, temporaryFolder: '/tmp' })).toBe(path)
})
