/** Relative links in the documents lead to a file, and those with an anchor to a heading of it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const DOCUMENTS = ['.', 'docs'].flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file)),
)

/** What is in a fenced block is no heading and no link. */
function textOf(path: string): string {
  return readFileSync(path, 'utf8').replaceAll(/^```[^]*?^```$/gm, '')
}

function linksOf(path: string): readonly string[] {
  const links = [...textOf(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links.filter((link) => !/^[a-z]+:/.test(link))
}

/** As web pages name them: a heading in small letters, `-` for blanks, no other punctuation. */
function anchorsOf(path: string): readonly string[] {
  const headings = [...textOf(path).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading)
  const anchors = headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
  // The second heading of one name has `-1` behind it.
  return anchors.map((anchor, index) => {
    const before = anchors.slice(0, index).filter((other) => other === anchor).length
    return before === 0 ? anchor : `${anchor}-${before}`
  })
}

function isBroken(link: string, document: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? document : join(dirname(document), path)
  if (!existsSync(target)) return true
  return anchor !== undefined && !anchorsOf(target).includes(anchor)
}

test.each(DOCUMENTS)('%s', (document) => {
  expect(linksOf(document).filter((link) => isBroken(link, document))).toEqual([])
})

test('there are links, to anchors as well', () => {
  const links = DOCUMENTS.flatMap(linksOf)
  expect(links.length).toBeGreaterThan(25)
  expect(links.filter((link) => link.includes('#')).length).toBeGreaterThan(10)
})
