import type { TlsClientKind } from './tls-client.ts'
import { BASIC_FTP_TLS } from './tls-clients/basic-ftp-tls.ts'
import { SCRIPTED, SCRIPTED_JOINED, SCRIPTED_MUTE } from './tls-clients/ccc.ts'
import { CURL_PASSIVE, CURL_TLS } from './tls-clients/curl-tls.ts'
import { FTPLIB_TLS } from './tls-clients/ftplib-tls.ts'
import { LFTP_TLS } from './tls-clients/lftp-tls.ts'

/** Every client of the laboratory that speaks TLS, in the order of the matrix's columns. */
export const TLS_CLIENTS: readonly TlsClientKind[] = [
  CURL_TLS,
  CURL_PASSIVE,
  LFTP_TLS,
  FTPLIB_TLS,
  BASIC_FTP_TLS,
  SCRIPTED,
  SCRIPTED_MUTE,
  SCRIPTED_JOINED,
]
