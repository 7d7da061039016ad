import { describeExplained } from './support/explain-suite.ts'

describeExplained('front-door-kernel')
