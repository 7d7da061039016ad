/** The `checks:` of a profile. */
import { z } from 'zod'
import { DEFAULTS } from './defaults.ts'
import {
  type Checks,
  LIST_ACTIONS,
  type PatternRule,
  SWITCHES,
  type SwitchActions,
  type SwitchName,
} from './inspection.ts'
import type { Pattern } from './pattern.ts'
import { section } from './section.ts'
import { extensionPattern, namePattern } from './values.ts'

/** `bare-line-feeds` is open where it was not given: an older key may say the same. */
export interface ChecksDraft {
  readonly actions: Omit<SwitchActions, 'bare-line-feeds'>
  readonly bareLineFeeds: SwitchActions['bare-line-feeds'] | undefined
  readonly lists: Checks['lists']
}

export const checksSchema: z.ZodType<ChecksDraft> = section({
  'embedded-commands': action('embedded-commands'),
  'bare-line-feeds': z.enum(SWITCHES['bare-line-feeds']).optional(),
  'truncated-commands': action('truncated-commands'),
  'malformed-addresses': action('malformed-addresses'),
  'command-spoofing': action('command-spoofing'),
  'reply-spoofing': action('reply-spoofing'),
  'low-ports': action('low-ports'),
  pipelining: action('pipelining'),
  'unacknowledged-commands': action('unacknowledged-commands'),
  'eight-bit': action('eight-bit'),
  rest: action('rest'),
  'site-exec': action('site-exec'),
  'unknown-verbs': action('unknown-verbs'),
  banner: action('banner'),
  'syst-reply': action('syst-reply'),
  'file-names': list(namePattern),
  'file-types': list(extensionPattern),
  users: list(namePattern),
}).transform((checks) => {
  const {
    'bare-line-feeds': bareLineFeeds,
    'file-names': fileNames,
    'file-types': fileTypes,
    users,
    ...actions
  } = checks
  return {
    actions,
    bareLineFeeds,
    lists: { 'file-names': fileNames, 'file-types': fileTypes, users },
  }
})

function action<N extends SwitchName>(
  name: N,
): z.ZodDefault<z.ZodEnum<z.core.util.ToEnum<SwitchActions[N]>>> {
  return z.enum(SWITCHES[name]).default(DEFAULTS.profile.checks.actions[name])
}

function list(
  pattern: z.ZodType<Pattern, string>,
): z.ZodDefault<z.ZodArray<z.ZodType<PatternRule>>> {
  const entry: z.ZodType<PatternRule> = section({
    match: z.array(pattern).min(1, 'the list is empty, so nothing can match'),
    action: z.enum(LIST_ACTIONS),
  })
  return z.array(entry).default([])
}
