/** What holds back the targets that are missed. */
export const WHY = {
  sessions: '',
  suse: '',
  helper: '',
  cpu: '',
  noop: '',
  stream: '',
  kernelStream: '',
  idle: '',
  verdicts: '',
  workers: '',
} as const
