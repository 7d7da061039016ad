/** Exit codes, as `--help` promises them. */
export const EXIT = {
  ok: 0,
  /** Problems were found, or something around the program is not as it must be. */
  failed: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** A mistake of the program itself (`EX_SOFTWARE`): it stops, so nothing passes any more. */
  internal: 70,
} as const
