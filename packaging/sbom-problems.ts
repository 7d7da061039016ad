/** Whether a software bill of materials names what it should, and nothing that is ours alone. */
import type { Dependency } from './dependencies.ts'

type Named = Pick<Dependency, 'name' | 'version'>

/** Addresses in it name a format or a specification, never a registry. */
const KNOWN_HOSTS = new Set(['cyclonedx.org', 'spdx.org'])

/** One sentence for each package that is missing or too many, and each host that does not belong. */
export function sbomProblems(text: string, production: readonly Named[]): readonly string[] {
  const expected = new Set(production.map(({ name, version }) => packageUrl(name, version)))
  const found = new Set([...text.matchAll(/"(pkg:npm\/[^"]+)"/g)].map(([, url = '']) => url))
  const hosts = new Set([...text.matchAll(/\bhttps?:\/\/([^/"]+)/g)].map(([, host = '']) => host))
  return [
    ...[...expected].filter((url) => !found.has(url)).map((url) => `${url} is missing`),
    ...[...found].filter((url) => !expected.has(url)).map((url) => `${url} is too many`),
    ...[...hosts].filter((host) => !KNOWN_HOSTS.has(host)).map((host) => `names the host ${host}`),
  ]
}

function packageUrl(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}
