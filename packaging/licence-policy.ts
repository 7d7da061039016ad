/** Which licences a dependency may have, and why. */
import type { Dependency } from './dependencies.ts'

/** May be shipped with a program under the MIT licence: they ask for a notice at most. */
export const PERMISSIVE: Readonly<Record<string, string>> = {
  MIT: 'our own; keep the notice',
  ISC: 'the MIT licence in fewer words',
  '0BSD': 'asks for nothing',
  'BSD-2-Clause': 'keep the notice',
  'BSD-3-Clause': 'keep the notice, and do not advertise with the names of the authors',
  'Apache-2.0': 'keep the notice, say what was changed; grants patents',
  'BlueOak-1.0.0': 'keep the notice or a link to it; grants patents',
  'CC0-1.0': 'public domain',
  Unlicense: 'public domain',
  'Python-2.0': 'keep the notice, say what was changed',
}

/** May be used to build and to test as well, because nothing of it is shipped. */
export const DEVELOPMENT_ONLY: Readonly<Record<string, string>> = {
  'MPL-2.0':
    'asks those who ship a changed file for its source; lightningcss, which comes with vite, is neither changed nor shipped',
  'CC-BY-4.0':
    'asks those who share the data to name its author; caniuse-lite, which comes with Babel, is data of browsers and not shared',
}

/** What is wrong with the licences, one sentence each; empty when nothing is. */
export function licenceProblems(dependencies: readonly Dependency[]): readonly string[] {
  return dependencies.flatMap(({ name, version, licence, isProduction }) => {
    const what = `${name} ${version} (${isProduction ? 'production' : 'development'})`
    if (licence === undefined) return [`${what} has no licence`]
    if (isPermitted(licence, isProduction)) return []
    return [`${what} has the licence ${licence}, which packaging/licence-policy.ts does not permit`]
  })
}

/**
 * One of the alternatives of an SPDX expression is permitted. Expressions with AND or WITH are none
 * that we have, and so not permitted.
 */
function isPermitted(licence: string, isProduction: boolean): boolean {
  const alternatives = licence.replace(/^\((.*)\)$/, '$1').split(' OR ')
  if (!alternatives.every((id) => /^[\w.+-]+$/.test(id))) return false
  return alternatives.some(
    (id) => Object.hasOwn(PERMISSIVE, id) || (!isProduction && Object.hasOwn(DEVELOPMENT_ONLY, id)),
  )
}
