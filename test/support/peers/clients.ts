import type { ClientKind } from './client.ts'
import { BASIC_FTP } from './clients/basic-ftp.ts'
import { CURL } from './clients/curl.ts'
import { FTPLIB } from './clients/ftplib.ts'
import { LFTP } from './clients/lftp.ts'
import { INETUTILS_FTP, TNFTP } from './clients/line-client.ts'

/** Every client of the laboratory, in the order of the matrix's columns. */
export const CLIENTS: readonly ClientKind[] = [CURL, LFTP, TNFTP, INETUTILS_FTP, FTPLIB, BASIC_FTP]
