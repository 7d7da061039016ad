/** Handshakes written by hand, as short as they may be. */
import {
  applicationData,
  CHANGE_CIPHER_SPEC,
  clientHello,
  clientHello13,
  concat,
  FINISHED_12,
  record,
  serverHello,
  serverHello13,
} from './hello-bytes.ts'
import { fromClient, fromServer } from './observation.ts'
import type { Said } from './recording.ts'

export const HELLO_12: readonly Said[] = fromClient(record(22, clientHello({ suites: [0xc02f] })))
export const ESTABLISHED_12: readonly Said[] = [
  ...HELLO_12,
  ...fromServer(record(22, serverHello())),
  ...fromClient(concat(CHANGE_CIPHER_SPEC, FINISHED_12)),
  ...fromServer(concat(CHANGE_CIPHER_SPEC, FINISHED_12)),
]
export const HELLO_13: readonly Said[] = [
  ...fromClient(record(22, clientHello13(), 0x0301)),
  ...fromServer(concat(record(22, serverHello13()), CHANGE_CIPHER_SPEC)),
]
export const ESTABLISHED_13: readonly Said[] = [
  ...HELLO_13,
  ...fromServer(concat(applicationData(23), applicationData(600), applicationData(53))),
  ...fromClient(concat(CHANGE_CIPHER_SPEC, applicationData(53))),
]
