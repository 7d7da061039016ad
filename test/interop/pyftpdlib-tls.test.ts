import { PYFTPDLIB_TLS } from '../support/peers/tls/pyftpdlib-tls.ts'
import { describeTlsServer } from './tls-suite.ts'

describeTlsServer(PYFTPDLIB_TLS)
