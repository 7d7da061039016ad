/** A laboratory with servers, and Portcullis before them as a deployment wants it. */
import {
  type PortcullisPlan,
  type RunningPortcullis,
  startPortcullis,
} from '../../support/portcullis.ts'
import { type Deployment, type Site, formatDeployment } from './deployment.ts'
import { Lab, type LabOptions } from './lab.ts'
import { tablesIn } from './table.ts'

export interface OpeningStage {
  readonly lab: Lab
  /** Runs `stop` when the stage closes, the last one first. */
  readonly atEnd: (stop: () => unknown) => void
}

export interface RunningStage extends OpeningStage {
  /** `undefined` where nobody stands between. */
  readonly portcullis: RunningPortcullis | undefined
  /** Ends everything. Rejects when Portcullis had not lasted until now. */
  readonly close: () => Promise<void>
}

/**
 * Makes the laboratory and moves this thread into the client for good; `prepare` starts the servers
 * and says where they are.
 *
 * @param keys More of the rule file, at its top level.
 */
export async function openStage(
  deployment: Deployment,
  prepare: (opening: OpeningStage) => Promise<readonly Site[]> | readonly Site[],
  options: LabOptions = {},
  keys: object = {},
): Promise<RunningStage> {
  const lab = new Lab({ serverKnowsClient: deployment.serverKnowsClient, ...options })
  const stops: (() => unknown)[] = [() => lab.close()]
  const atEnd = (stop: () => unknown): void => {
    stops.push(stop)
  }
  const close = async (): Promise<void> => {
    const errors: unknown[] = []
    for (const stop of stops.splice(0).toReversed())
      try {
        await stop()
      } catch (error) {
        errors.push(error)
      }
    if (errors.length > 0) throw errors[0]
  }
  try {
    lab.client.enter()
    const sites = await prepare({ lab, atEnd })
    const portcullis = await startBefore(deployment, sites, lab, keys)
    if (portcullis !== undefined) atEnd(portcullis.stop)
    return { lab, atEnd, portcullis, close }
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
}

/** Starts Portcullis in the firewall. */
export async function startBefore(
  deployment: Deployment,
  sites: readonly Site[],
  lab: Lab,
  keys: object = {},
): Promise<RunningPortcullis | undefined> {
  const { listeners, options } = deployment
  if (listeners === undefined) return undefined
  return startInFirewall(lab, {
    args: (_, rules) => [rules, ...options],
    rules: (packetLog) => formatDeployment(listeners(sites), packetLog, keys),
    endpoints: deployment.listens(sites),
  })
}

/** Starts Portcullis in the firewall, where its rule file says `data-path: kernel`. */
export async function startInFirewall(lab: Lab, plan: PortcullisPlan): Promise<RunningPortcullis> {
  const running = await startPortcullis({ ...plan, host: lab.firewall })
  // Everything works through the relay as well: these tests are to see the kernel at work.
  if (!tablesIn(lab.firewall).includes('inet portcullis')) {
    await running.stop()
    throw new Error(`there is no table of the kernel data path: ${running.said()}`)
  }
  return running
}
