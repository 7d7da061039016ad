import { expect, test } from 'vitest'
import { directory, file } from '../../../src/demo/server/file-tree.ts'
import { formatFacts, formatListing, listed } from '../../../src/demo/server/listing.ts'

const entries = [file('a b.txt', 'grüße'), directory('sub', [])]

test.each([
  ['NLST', 'a b.txt', 'sub'],
  [
    'LIST',
    '-r--r--r-- 1 ftp ftp        7 Oct  1  1985 a b.txt',
    'dr-xr-xr-x 1 ftp ftp        0 Oct  1  1985 sub',
  ],
  [
    'MLSD',
    'type=file;size=7;modify=19851001120000;perm=r; a b.txt',
    'type=dir;modify=19851001120000;perm=el; sub',
  ],
] as const)('%s', (form, ...lines) => {
  const written = Buffer.from(formatListing(form, entries)).toString('utf8')
  expect(written.split('\r\n')).toEqual([...lines, ''])
})

test('a directory is listed by its contents, a file by itself', () => {
  expect(listed(directory('sub', entries))).toBe(entries)
  expect(listed(file('a', ''))).toHaveLength(1)
  expect(formatFacts(file('a', ''))).toBe('type=file;size=0;modify=19851001120000;perm=r; a')
})
