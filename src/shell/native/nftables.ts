/**
 * libnftables, so that a change of the ruleset costs a system call and not a process. Text in the
 * language of `nft` goes in; one call is one transaction, which the kernel takes whole or not at all.
 */
import { foreign, library, SystemCallError } from './libc.ts'

const LIBRARY = 'libnftables.so.1'

/** What the kernel's refusals are called; libnftables hands on the words alone. */
const CODES: readonly (readonly [string, string])[] = [
  ['File exists', 'EEXIST'],
  ['No such file or directory', 'ENOENT'],
  ['Operation not permitted', 'EPERM'],
  ['Operation not supported', 'EOPNOTSUPP'],
  ['Too many open files in system', 'ENFILE'],
  ['Directory not empty', 'ENOTEMPTY'],
  ['Device or resource busy', 'EBUSY'],
  ['Invalid argument', 'EINVAL'],
  ['Cannot allocate memory', 'ENOMEM'],
  ['No buffer space available', 'ENOBUFS'],
]

/** A ruleset that was not taken; `code` is EIO where libnftables names no reason that is known. */
export class NftablesError extends SystemCallError {
  /** What libnftables says, all lines of it. */
  readonly output: string

  constructor(output: string) {
    super('nftables', CODES.find(([words]) => output.includes(words))?.[1] ?? 'EIO')
    this.output = output.trimEnd()
    this.message = this.output.split('\n', 1)[0] ?? ''
  }
}

interface Functions {
  readonly create: (flags: number) => unknown
  readonly free: (context: unknown) => void
  readonly run: (context: unknown, text: string) => number
  readonly bufferOutput: (context: unknown) => number
  readonly bufferError: (context: unknown) => number
  readonly output: (context: unknown) => string | null
  readonly error: (context: unknown) => string | null
  readonly setDryRun: (context: unknown, isDry: boolean) => void
}

let functions: Functions | undefined

function load(): Functions {
  if (functions !== undefined) return functions
  const nftables = library(LIBRARY)
  const context = foreign().pointer('nft_ctx', foreign().opaque())
  functions = {
    create: nftables.func('nft_ctx_new', context, ['uint32_t']),
    free: nftables.func('nft_ctx_free', 'void', [context]),
    run: nftables.func('nft_run_cmd_from_buffer', 'int', [context, 'str']),
    bufferOutput: nftables.func('nft_ctx_buffer_output', 'int', [context]),
    bufferError: nftables.func('nft_ctx_buffer_error', 'int', [context]),
    output: nftables.func('nft_ctx_get_output_buffer', 'str', [context]),
    error: nftables.func('nft_ctx_get_error_buffer', 'str', [context]),
    setDryRun: nftables.func('nft_ctx_set_dry_run', 'void', [context, 'bool']),
  }
  return functions
}

/** One conversation with the kernel, in the network namespace in which it was begun. */
export class Nftables {
  readonly #functions: Functions
  #context: unknown

  private constructor(loaded: Functions, context: unknown) {
    this.#functions = loaded
    this.#context = context
  }

  /** Throws the loader's error when libnftables is not installed. */
  static open(): Nftables {
    const loaded = load()
    const context = loaded.create(0)
    if (context === null) throw new SystemCallError('nft_ctx_new', 'ENOMEM')
    loaded.bufferOutput(context)
    loaded.bufferError(context)
    return new Nftables(loaded, context)
  }

  /**
   * Runs commands as one transaction and returns what they print.
   * @throws NftablesError when the text is wrong or the kernel refuses; nothing was changed then.
   */
  run(text: string): string {
    const { run, output, error } = this.#functions
    const context = this.#open()
    const result = run(context, text)
    // Both buffers are emptied by being read.
    const printed = output(context) ?? ''
    const complaint = error(context) ?? ''
    if (result !== 0) throw new NftablesError(complaint)
    return printed
  }

  /** Checks what `run` would do, as far as that can be known without doing it. */
  check(text: string): void {
    const context = this.#open()
    this.#functions.setDryRun(context, true)
    try {
      this.run(text)
    } finally {
      this.#functions.setDryRun(context, false)
    }
  }

  /** Safe to call more than once. */
  close(): void {
    if (this.#context !== undefined) this.#functions.free(this.#context)
    this.#context = undefined
  }

  #open(): unknown {
    if (this.#context === undefined) throw new Error('nftables is closed')
    return this.#context
  }
}
