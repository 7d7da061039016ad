import { VSFTPD } from '../support/peers/vsftpd.ts'
import { describeServer } from './server-suite.ts'

describeServer(VSFTPD)
