/**
 * `npm run sbom`: what comes with the program, as a software bill of materials in both formats, into
 * sbom/. npm works it out from package-lock.json: nothing is fetched.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { productionLock, productionManifest, readLock } from './dependencies.ts'
import { sbomProblems } from './sbom-problems.ts'

const FORMATS = { cyclonedx: 'cdx.json', spdx: 'spdx.json' }
const OPTIONS = ['--package-lock-only', '--sbom-type=application']

const manifest = readFileSync('package.json', 'utf8')
const lock = readFileSync('package-lock.json', 'utf8')
const { name, version } = JSON.parse(manifest) as {
  readonly name: string
  readonly version: string
}
const own = { name, version }
const production = readLock(productionLock(lock))

// In a folder of its own: --omit=dev leaves out packages that development needs as well (npm 11), and
// npm calls the program after the folder it runs in.
const temporary = mkdtempSync(join(tmpdir(), 'portcullis-sbom-'))
try {
  const folder = join(temporary, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), productionManifest(manifest))
  writeFileSync(join(folder, 'package-lock.json'), productionLock(lock))
  mkdirSync('sbom', { recursive: true })
  for (const [format, suffix] of Object.entries(FORMATS)) {
    const text = execFileSync('npm', ['sbom', `--sbom-format=${format}`, ...OPTIONS], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const file = `sbom/${name}.${suffix}`
    writeFileSync(file, text)
    console.log(`${file}: ${production.length} packages`)
    const problems = sbomProblems(text, [own, ...production])
    for (const problem of problems) console.error(`${file}: ${problem}`)
    if (problems.length > 0) process.exitCode = 1
  }
} finally {
  rmSync(temporary, { recursive: true })
}
