/** Profiles for the tests of checks, made as a rule file makes them. */
import type { Profile } from '../../../src/engine/rules/ruleset.ts'
import { rulesetOf } from '../rules/loading.ts'

/** The profile of a rule file with these `checks:`. JSON is YAML. */
export function profileWith(checks: object, more: object = {}): Profile {
  const profiles = JSON.stringify({ default: { ...more, checks } })
  const { profiles: read } = rulesetOf(
    `{ version: 1, profiles: ${profiles}, rules: [{ permit: control }] }`,
  )
  const profile = read.get('default')
  if (profile === undefined) throw new Error('no profile')
  return profile
}
