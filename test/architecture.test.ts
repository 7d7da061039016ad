/**
 * The shape of the house, checked like code: layers, purity, the mirror of `src` in `test`, sizes,
 * who may import which library, and that ARCHITECTURE.md speaks of what is there.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/** Bottom first. A file may import from its own layer and from earlier ones. */
const LAYERS = [
  'net',
  'engine/id.ts',
  'engine/ftp',
  'engine/tls',
  'engine/nat',
  'engine/rules',
  'engine/session',
  'engine/gateway',
  'record',
  'explain',
  'shell',
  'replay',
  'demo',
  'cli',
  'index.ts',
]

/** Neighbours that are not to know each other, and what they may know beside themselves. */
const APART: Readonly<Record<string, readonly string[]>> = {
  'engine/ftp': ['net'],
  'engine/tls': ['net'],
}

/** Layers without sockets, files, clocks and randomness. */
const PURE = ['net', 'engine', 'record', 'explain']

/** Libraries that one place alone may know. */
const KEEPERS: Readonly<Record<string, readonly string[]>> = {
  yaml: ['engine/rules/'],
  zod: ['engine/rules/'],
  'lru-cache': ['engine/rules/evaluate.ts'],
  'pino-pretty': ['shell/operational-log.ts'],
  yargs: ['cli/'],
}

/** Pure modules may use these: bytes and digests, nothing of the outside. */
const HARMLESS = new Set(['node:buffer', 'node:crypto'])

const LINES_MAX = 400

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
)

function source(file: string): string {
  return readFileSync(`src/${file}`, 'utf8')
}

/** Without comments, which may speak of anything. */
function code(file: string): string {
  return source(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
}

function layerOf(file: string): number {
  return LAYERS.findIndex((layer) => file === layer || file.startsWith(`${layer}/`))
}

function imports(file: string): string[] {
  return [...source(file).matchAll(/^\s*(?:import|export)\b[^'"]*?from\s*['"]([^'"]+)['"]/gm)].map(
    (match) => match[1] ?? '',
  )
}

function target(from: string, to: string): string {
  return new URL(to, `file:///${from}`).pathname.slice(1)
}

describe.each(files)('src/%s', (file) => {
  test('belongs to a layer and imports only from it or from those below', () => {
    expect(layerOf(file)).not.toBe(-1)
    const above = imports(file).filter(
      (to) => to.startsWith('.') && layerOf(target(file, to)) > layerOf(file),
    )
    expect(above).toEqual([])
  })

  test('knows nothing of its neighbours', () => {
    const layer = LAYERS[layerOf(file)] ?? ''
    const known = APART[layer]
    if (known === undefined) return
    const strange = imports(file)
      .filter((to) => to.startsWith('.'))
      .map((to) => LAYERS[layerOf(target(file, to))] ?? '')
      .filter((other) => other !== layer && !known.includes(other))
    expect(strange).toEqual([])
  })

  test('is pure where its layer is', () => {
    if (!PURE.some((layer) => file.startsWith(`${layer}/`))) return
    const outside = imports(file).filter((to) => to.startsWith('node:') && !HARMLESS.has(to))
    expect(outside).toEqual([])
    expect(code(file)).not.toMatch(
      /\b(?:Date\.now|new Date\(\)|Math\.random|performance\.now|setTimeout|setInterval|process\.)/,
    )
  })

  test('leaves libraries to those who keep them', () => {
    const strange = imports(file).filter((to) => {
      const keepers = KEEPERS[to]
      return keepers !== undefined && !keepers.some((keeper) => file.startsWith(keeper))
    })
    expect(strange).toEqual([])
  })

  test(`stays under ${LINES_MAX} lines`, () => {
    expect(source(file).split('\n').length).toBeLessThan(LINES_MAX)
  })

  test('has its mirror test where it has behaviour', () => {
    if (!/^export (?:async )?(?:class|function)/m.test(source(file))) return
    expect(existsSync(`test/${file.replace(/\.ts$/, '.test.ts')}`)).toBe(true)
  })
})

describe('ARCHITECTURE.md', () => {
  const text = readFileSync('ARCHITECTURE.md', 'utf8')
  const named = [...text.matchAll(/`((?:src|test|rules|docs|bench)\/[\w./-]*|\.ci\/\w+)`/g)].map(
    (match) => match[1] ?? '',
  )

  test.each([...new Set(named)])('%s exists', (path) => {
    expect(existsSync(path)).toBe(true)
  })

  test('names every folder of src', () => {
    const folders = [...new Set(files.map((file) => file.split('/').slice(0, -1).join('/')))]
    const missing = folders.filter((folder) => folder !== '' && !named.includes(`src/${folder}/`))
    expect(missing).toEqual([])
  })

  test('gives a reason for every dependency', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
      string,
      Record<string, string>
    >
    const dependencies = Object.keys({
      ...manifest['dependencies'],
      ...manifest['devDependencies'],
    })
    const missing = dependencies.filter((name) => !text.includes(`| ${name} |`))
    expect(missing).toEqual([])
  })
})
