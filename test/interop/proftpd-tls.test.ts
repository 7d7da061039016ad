import { PROFTPD_TLS } from '../support/peers/tls/proftpd-tls.ts'
import { describeTlsServer } from './tls-suite.ts'

describeTlsServer(PROFTPD_TLS)
