/** What an installation brings: known, permitted, fetched as it was, and nothing of it runs. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  type Dependency,
  productionLock,
  productionManifest,
  readLock,
} from '../../packaging/dependencies.ts'
import { licencePage } from '../../packaging/licence-page.ts'
import { licenceProblems } from '../../packaging/licence-policy.ts'
import { sbomProblems } from '../../packaging/sbom-problems.ts'

const LOCK = readFileSync('package-lock.json', 'utf8')
const dependencies = readLock(LOCK)

/**
 * Packages with a script that npm runs when it installs them, and why it need not run: CI installs
 * with --ignore-scripts, so that what is said here is tried on each run.
 */
const SCRIPTS_NOT_NEEDED = [
  'koffi', // compiles where no binary for the platform comes with it
]

describe('the lock', () => {
  test('knows by its digest every package that is shipped, or installed here', () => {
    expect(dependencies.length).toBeGreaterThan(60)
    const unknown = dependencies.filter(({ integrity }) => !integrity?.startsWith('sha512-'))
    const used = unknown.filter(({ isProduction, path }) => isProduction || existsSync(path))
    expect(used).toEqual([])
    // Tools on platforms that the lock was not made on: npm left out what it did not fetch.
    expect(unknown.filter(({ isOptional }) => !isOptional)).toEqual([])
  })

  test('names no registry but the public one', () => {
    const elsewhere = dependencies.filter(
      ({ resolved }) => resolved?.startsWith('https://registry.npmjs.org/') === false,
    )
    expect(elsewhere).toEqual([])
  })

  test('has no package whose script has to run', () => {
    const scripted = dependencies.filter(({ hasInstallScript }) => hasInstallScript)
    expect(scripted.map(({ name }) => name)).toEqual(SCRIPTS_NOT_NEEDED)
    expect(readFileSync('.ci/run', 'utf8')).toContain('npm ci --ignore-scripts')
  })
})

describe('licences', () => {
  test('are permitted', () => {
    expect(licenceProblems(dependencies)).toEqual([])
  })

  test('are listed in docs/licences.md, which `npm run licences` writes', () => {
    expect(readFileSync('docs/licences.md', 'utf8')).toBe(licencePage(dependencies))
  })

  const shipped: Dependency = {
    path: 'node_modules/some',
    name: 'some',
    version: '1.2.3',
    licence: 'MIT',
    isProduction: true,
    isOptional: false,
    hasInstallScript: false,
    resolved: undefined,
    integrity: undefined,
  }

  test.each([
    ['MIT', []],
    ['(MIT OR GPL-3.0-only)', []],
    ['GPL-2.0 OR Apache-2.0', []],
    ['GPL-3.0-only', ['some 1.2.3 (production) has the licence GPL-3.0-only, which']],
    ['MIT AND GPL-3.0-only', ['some 1.2.3 (production) has the licence MIT AND GPL-3.0-only,']],
    ['MIT OR (ISC AND GPL-2.0)', ['some 1.2.3 (production) has the licence MIT OR (ISC AND']],
    ['MPL-2.0', ['some 1.2.3 (production) has the licence MPL-2.0, which']],
    ['SEE LICENSE IN LICENSE', ['some 1.2.3 (production) has the licence SEE LICENSE IN']],
    ['constructor', ['some 1.2.3 (production) has the licence constructor, which']],
    [undefined, ['some 1.2.3 (production) has no licence']],
  ] as const)('%s in what is shipped', (licence, expected) => {
    const problems = licenceProblems([{ ...shipped, licence }])
    expect(problems).toEqual(expected.map((start) => expect.stringContaining(start)))
  })

  test('MPL-2.0 where it is not shipped', () => {
    expect(licenceProblems([{ ...shipped, licence: 'MPL-2.0', isProduction: false }])).toEqual([])
  })

  test('of a binary for another platform is that of the package that asks for it', () => {
    const read = (version: string): string | undefined =>
      readLock(
        JSON.stringify({
          packages: {
            '': { version: '1.0.0', license: 'MIT' },
            'node_modules/owner': {
              version: '2.0.0',
              license: 'ISC',
              optionalDependencies: { '@owner/aix': '2.0.0' },
            },
            'node_modules/owner/node_modules/@owner/aix': { version, optional: true },
          },
        }),
      ).find(({ name }) => name === '@owner/aix')?.licence
    expect(read('2.0.0')).toBe('ISC')
    expect(read('1.0.0')).toBeUndefined()
  })
})

describe('the software bill of materials', () => {
  test('is about what is shipped', () => {
    const { devDependencies, ...rest } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      string,
      unknown
    >
    expect(devDependencies).toBeDefined()
    expect(JSON.parse(productionManifest(readFileSync('package.json', 'utf8')))).toEqual(rest)
    const production = readLock(productionLock(LOCK))
    expect(production).toEqual(dependencies.filter(({ isProduction }) => isProduction))
    expect(production.map(({ name }) => name)).toEqual(
      expect.arrayContaining(Object.keys(rest['dependencies'] as object)),
    )
  })

  test('is refused with a package missing or too many, and with a host in it', () => {
    const named = [{ name: '@koromix/koffi-linux-x64', version: '3.3.4' }]
    const url = '"purl": "pkg:npm/%40koromix/koffi-linux-x64@3.3.4"'
    expect(sbomProblems(`${url}, "http://spdx.org/spdxdocs/portcullis"`, named)).toEqual([])
    expect(sbomProblems('', named)).toEqual(['pkg:npm/%40koromix/koffi-linux-x64@3.3.4 is missing'])
    expect(sbomProblems(url, [])).toEqual(['pkg:npm/%40koromix/koffi-linux-x64@3.3.4 is too many'])
    expect(sbomProblems('"https://npm.example.com:4873/koffi"', [])).toEqual([
      'names the host npm.example.com:4873',
    ])
  })
})
