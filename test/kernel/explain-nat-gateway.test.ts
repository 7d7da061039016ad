import { describeExplained } from './support/explain-suite.ts'

describeExplained('nat-gateway')
