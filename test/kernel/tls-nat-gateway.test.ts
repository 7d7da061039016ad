import { describeTlsMatrix } from './support/tls-suite.ts'

describeTlsMatrix('nat-gateway', { family: 4, has: () => true })
