import { VSFTPD_TLS } from '../support/peers/tls/vsftpd-tls.ts'
import { describeTlsServer } from './tls-suite.ts'

describeTlsServer(VSFTPD_TLS)
