import { PURE_FTPD_TLS } from '../support/peers/tls/pure-ftpd-tls.ts'
import { describeTlsServer } from './tls-suite.ts'

describeTlsServer(PURE_FTPD_TLS)
