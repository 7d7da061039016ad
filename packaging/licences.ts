/**
 * `npm run licences`: writes docs/licences.md from package-lock.json, and checks every package that is
 * installed against it. Ends with status 1 when something is not as it has to be.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type Dependency, readLock } from './dependencies.ts'
import { licencePage } from './licence-page.ts'
import { licenceProblems } from './licence-policy.ts'

const PAGE = 'docs/licences.md'

const dependencies = readLock(readFileSync('package-lock.json', 'utf8'))
const installed = dependencies.filter(({ path }) => existsSync(`${path}/package.json`))
const problems = [...licenceProblems(dependencies), ...installed.flatMap(installationProblems)]
writeFileSync(PAGE, licencePage(dependencies))
console.log(
  `${PAGE}: ${dependencies.length} packages, of which ${installed.length} are installed here and were compared`,
)
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1

/** The lock was written once; what lies in node_modules is what somebody runs. */
function installationProblems({ path, version, licence }: Dependency): readonly string[] {
  const manifest = JSON.parse(readFileSync(`${path}/package.json`, 'utf8')) as {
    readonly version: string
    readonly license?: unknown
  }
  const problems: string[] = []
  if (manifest.version !== version)
    problems.push(`${path} is ${manifest.version}; the lock says ${version}: run npm ci`)
  if (manifest.license !== licence)
    problems.push(
      `${path} says its licence is ${JSON.stringify(manifest.license)}; the lock says ${licence}`,
    )
  return problems
}
