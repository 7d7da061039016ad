#!/usr/bin/env node
/** The program: performs the command line, and sees to it that every end is an orderly one. */
import { hideBin } from 'yargs/helpers'
import { explainFailure, perform } from './command-line.ts'
import { guardProcess, stopForInternalError } from './internal-error.ts'

guardProcess()

const argv = hideBin(process.argv)
try {
  await perform(argv)
} catch (error) {
  const failure = explainFailure(error, argv)
  if (failure === undefined) stopForInternalError(error)
  process.stderr.write(failure.text)
  process.exitCode = failure.exitCode
}
