import { PURE_FTPD } from '../support/peers/pure-ftpd.ts'
import { describeServer } from './server-suite.ts'

describeServer(PURE_FTPD)
