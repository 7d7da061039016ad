/** docs/licences.md, put together from package-lock.json. */
import type { Dependency } from './dependencies.ts'
import { DEVELOPMENT_ONLY, PERMISSIVE } from './licence-policy.ts'

export function licencePage(dependencies: readonly Dependency[]): string {
  const production = dependencies.filter(({ isProduction }) => isProduction)
  const development = dependencies.filter(({ isProduction }) => !isProduction)
  return [
    '# Licences of what we depend on',
    '',
    'Written by `npm run licences` from `package-lock.json`; a test keeps it in step. Portcullis itself',
    'is under the MIT licence. A package with a licence that is not in the first two tables fails the test.',
    '',
    '## Permitted',
    '',
    ...policyTable(PERMISSIVE),
    '',
    'Permitted for development only, because nothing of it is shipped:',
    '',
    ...policyTable(DEVELOPMENT_ONLY),
    '',
    `## Production: ${production.length} packages`,
    '',
    'What `npm ci --omit=dev` installs. *Optional* ones are binaries of koffi, of which one is installed.',
    '',
    ...packageTable(production),
    '',
    `## Development: ${development.length} packages`,
    '',
    'What builds and tests. Nothing of it is in the package.',
    '',
    ...packageTable(development),
    '',
  ].join('\n')
}

function policyTable(policy: Readonly<Record<string, string>>): readonly string[] {
  return [
    '| licence | why it is permitted |',
    '|---|---|',
    ...Object.entries(policy).map(([licence, why]) => `| ${licence} | ${why} |`),
  ]
}

/** A package that several others bring in the same version is one row. */
function packageTable(dependencies: readonly Dependency[]): readonly string[] {
  const rows = dependencies.map(
    ({ name, version, licence, isOptional }) =>
      `| ${name} | ${version} | ${licence ?? 'none'} | ${isOptional ? 'optional' : ''} |`,
  )
  return ['| package | version | licence | |', '|---|---|---|---|', ...new Set(rows)]
}
