import pino from 'pino'
import { expect, test } from 'vitest'
import { createEvaluator } from '../../../src/engine/rules/evaluate.ts'
import { frontDoor } from '../../../src/engine/rules/built-in.ts'
import type { DataPathName } from '../../../src/engine/rules/ruleset.ts'
import { endpoint } from '../../../src/net/endpoint.ts'
import { ip } from '../../../src/net/ip.ts'
import { port } from '../../../src/net/port.ts'
import type { DataPath } from '../../../src/shell/data-path/data-path.ts'
import { KernelDataPath } from '../../../src/shell/data-path/kernel/kernel-data-path.ts'
import { openDataPath } from '../../../src/shell/data-path/open-data-path.ts'
import { requireNamespaces, useLab } from '../intercept/lab.ts'

useLab()

function open(dataPath: DataPathName): Promise<DataPath> {
  const listen = endpoint(ip('0.0.0.0'), port(2121))
  const ruleset = frontDoor({ listen, server: endpoint(ip('192.0.2.7'), port(21)), dataPath })
  const options = { evaluator: createEvaluator(ruleset), logger: pino({ level: 'silent' }) }
  return openDataPath(() => undefined, options)
}

test('relay needs nothing', async () => {
  const dataPath = await open('relay')
  expect(dataPath).not.toBeInstanceOf(KernelDataPath)
  await dataPath.close()
})

test('kernel is nftables', async (context) => {
  requireNamespaces(context)
  const dataPath = await open('kernel')
  expect(dataPath).toBeInstanceOf(KernelDataPath)
  await dataPath.close()
})
