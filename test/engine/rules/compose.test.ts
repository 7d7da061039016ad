import { describe, expect, test } from 'vitest'
import { FILE_CHARACTERS_MAX } from '../../../src/engine/rules/compose.ts'
import { RuleDocument } from '../../../src/engine/rules/document.ts'

const problems = (text: string): readonly string[] =>
  new RuleDocument({ name: 'r', text }).diagnostics.map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  )

describe('what is no rule file', () => {
  test.each([
    ['nothing', ''],
    ['blanks', ' \n\n'],
    ['comments', '# one\n# two\n'],
    ['a byte order mark', '\ufeff'],
    ['null', '~'],
    ['a document end', '---\n...\n'],
  ])('K7 %s is refused', (_, text) => {
    const document = new RuleDocument({ name: 'r', text })
    expect(document.value ?? undefined).toBeUndefined()
  })

  test('K7 a byte order mark before the text does no harm', () => {
    const document = new RuleDocument({ name: 'r', text: '\ufeffversion: 1\n' })
    expect(document.value).toEqual({ version: 1 })
    expect(document.position(['version'])).toBe('r:1:10')
  })

  test('K7 more than 10 MB', () => {
    expect(problems('#'.repeat(FILE_CHARACTERS_MAX + 1))).toEqual([
      '1:1 the file is larger than 10 MB, the most that is read',
    ])
  })

  test.each([
    ['[', '['.repeat(100_000)],
    ['{a:', '{a: '.repeat(20_000)],
    ['- ', `${'- '.repeat(20_000)}a`],
    ['? ', `${'? '.repeat(20_000)}a`],
    ['indentation', Array.from({ length: 3000 }, (_unused, n) => `${' '.repeat(n)}a:\n`).join('')],
  ])('K7 nesting by %s does not overflow the stack', (_, text) => {
    expect(problems(text)).toEqual([expect.stringMatching(/nested more than 32 levels deep$/)])
  })
})

test.each([
  ['a:\n\t- b\n', '2:1 indent with spaces: YAML takes no tabs'],
  ['a: b: c\n', '1:4 not YAML: Nested mappings are not allowed in compact mappings'],
  ['a: "b\n', '2:1 not YAML: Missing closing "quote'],
  ['a: 1\n---\nb: 2\n', '2:1 a rule file holds one YAML document'],
  [
    '%YAML 1.1\n---\na: yes\n',
    '1:1 rule files are YAML 1.2: in other versions words change meaning',
  ],
  [
    'listen: [::]:21\n',
    '1:13 YAML reads [ as the start of a list: put the address in quotes, "[::]:21"',
  ],
])('%j', (text, message) => {
  expect(problems(text)).toContain(message)
})

test('every syntax error is reported', () => {
  expect(problems('a: "\\x"\nb: "\\y"\n')).toHaveLength(2)
})
